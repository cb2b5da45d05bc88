package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses and programs in single source files, as on the command line. */
class CheckAndRunCommandTest {
  @TempDir Path folder;

  private Path file(String name, String source) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".java"),
        "import io.github.bilevel4j.expr.Expr;\nimport io.github.bilevel4j.laws.*;\n" + source);
  }

  @Test
  void correctRegularizerHasNoDefects() throws IOException {
    Path file =
        file(
            "Energy",
            """
            class Energy {
              static Expr of(Expr z) {
                return half(z.squared().mean());
              }

              private static Expr half(Expr x) {
                return x.times(0.5);
              }
            }
            """);
    Ending ending = Ending.of("check", file);
    assertThat(ending.err()).isEmpty();
    assertThat(ending.status()).isZero();
    assertThat(ending.out())
        .startsWith("Energy.of, a loss of one batch\n")
        .doesNotContain("half")
        .contains("RotationInvariant          L(Z Q) = L(Z) for orthogonal Q")
        .contains("no defects");
  }

  @Test
  void claimedLawThatFailsEndsWithStatusOne() throws IOException {
    Path file =
        file(
            "WrongSign",
            """
            class WrongSign implements SymmetricInViews {
              @Override
              public Expr loss(Expr z1, Expr z2) {
                return z1.plus(z2.times(-2)).squared().mean();
              }
            }
            """);
    Ending ending = Ending.of("check", file);
    assertThat(ending.status()).isEqualTo(1);
    assertThat(ending.out())
        .contains("SymmetricInViews *         L(z1, z2) = L(z2, z1)\n        z1 [2, 1] =")
        .contains("- the claimed law SymmetricInViews does not hold");
  }

  /** The three files of the README. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Uniformity | 0 | no defects",
        "WrongSign | 1 | - the claimed law SymmetricInViews does not hold",
        "ZeroRows | 1 | - one row zero: the value is NaN at [4, 3] in float64"
      })
  void filesOfTheReadme(String name, int status, String said) {
    Ending ending = Ending.of("check", "src/test/resources/check/" + name + ".java");
    assertThat(ending.status()).isEqualTo(status);
    assertThat(ending.out()).contains(said);
  }

  @Test
  void twoLossesOfOneNameAreRefused() throws IOException {
    Path file =
        file(
            "Twice",
            """
            class Twice {
              static Expr of(Expr z) { return z.mean(); }
              static Expr of(Expr z1, Expr z2) { return z1.minus(z2).mean(); }
            }
            """);
    assertThat(Ending.of("check", file))
        .isEqualTo(
            new Ending(
                2,
                "",
                "error: check: Twice has two losses of the name \"of\".  Maybe one of them should"
                    + " be private or have another name.\n"));
  }

  @Test
  void lossThatIsNoScalarIsRefused() throws IOException {
    Path file = file("Rows", "class Rows { static Expr of(Expr z) { return z.sum(1); } }\n");
    Ending ending = Ending.of("check", file);
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err())
        .startsWith("error: loss: a loss is a scalar, this one has the shape [6].");
  }

  @Test
  void classWithoutLossIsRefused() {
    Ending ending = Ending.of("check", "java.lang.String");
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err()).startsWith("error: check: java.lang.String declares no loss.");
  }

  @Test
  void unknownClassIsRefused() {
    assertThat(Ending.of("check", "org.example.Nowhere"))
        .isEqualTo(
            new Ending(
                2,
                "",
                "error: org.example.Nowhere: there is no such class on the class path.  Maybe the name"
                    + " is misspelt, or the class path lacks its folder or jar.\n"));
  }

  @Test
  void sourceThatDoesNotCompileIsToldWithItsLine() throws IOException {
    Path file = file("Broken", "class Broken { int x = ; }\n");
    Ending ending = Ending.of("check", file);
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err())
        .startsWith("error: source file: " + file + " does not compile.")
        .contains("Broken.java:3: error: illegal start of expression");
  }

  @Test
  void programRunsWithItsArguments() throws IOException {
    Path file =
        file(
            "Program",
            """
            class Program {
              public static void main(String[] arguments) {
                System.out.println(Expr.input("x", 2, 3).shape() + String.join("|", arguments));
              }
            }
            """);
    assertThat(Ending.of("run", file, "a", "--epochs", "3"))
        .isEqualTo(new Ending(0, "[2, 3]a|--epochs|3\n", ""));
  }

  @Test
  void programWithoutMainIsRefused() throws IOException {
    Path file = file("Empty", "class Empty {}\n");
    Ending ending = Ending.of("run", file);
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err()).contains("has no class with a main method");
  }
}
