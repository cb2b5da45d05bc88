package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Methods and regularizers of one's own in single source files. */
class UserSourcesTest {
  private static final String METHOD =
      """
      import com.google.common.collect.ImmutableList;
      import io.github.bilevel4j.augment.Augmentations;
      import io.github.bilevel4j.expr.Expr;
      import io.github.bilevel4j.layer.Layer;
      import io.github.bilevel4j.optimizer.Adam;
      import io.github.bilevel4j.ssl.*;

      class Pull implements MethodRecipe {
        record Method(Layer projector) implements SslMethod {
          public SslLoss loss(Network network, ImmutableList<Expr> views) {
            ImmutableList<Expr> z = network.embed(views, projector);
            return SslLoss.of(z.get(0).minus(z.get(1)).squared().mean());
          }
        }

        public String id() {
          return "pull";
        }

        public Recipe recipe(MethodContext c) {
          return new Recipe(
              new Method(c.projector(c.mlp(4))),
              Augmentations.symmetricWeak(c.side()),
              Adam.rate(1e-3));
        }
      }
      """;

  private static final String TERMS =
      """
      import io.github.bilevel4j.expr.Expr;

      class Terms {
        static Expr energy(Expr z) {
          return z.squared().mean();
        }

        static Expr difference(Expr z1, Expr z2) {
          return z1.minus(z2).squared().mean();
        }
      }
      """;

  @TempDir Path folder;

  private Path file(String name, String source) throws IOException {
    return Files.writeString(folder.resolve(name), source);
  }

  private Ending pretrain(Object... more) {
    List<Object> arguments =
        new ArrayList<>(List.of("pretrain", "--data", "builtin", "--epochs", 1, "--batch", 64));
    arguments.addAll(List.of("--out", folder.resolve("run")));
    arguments.addAll(List.of(more));
    return Ending.of(arguments.toArray());
  }

  @Test
  void regularizerThatIsNotThereIsToldWithThoseThatAre() throws IOException {
    Path terms = file("Terms.java", TERMS);
    Ending ending = pretrain("simclr", "--regularizer", terms + "#entropy=0.1");
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err())
        .isEqualTo(
            "error: --regularizer: no terms are named entropy."
                + "  those of the file [Terms.difference, Terms.energy]\n");
  }

  @Test
  void regularizerOfAnotherFormIsRefused() {
    Ending ending = pretrain("simclr", "--regularizer", "Terms.java");
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err())
        .isEqualTo("error: --regularizer: expected FILE.java#NAME=WEIGHT, got Terms.java.\n");
  }

  @Test
  void sourceWithoutMethodIsRefused() throws IOException {
    Path terms = file("Terms.java", TERMS);
    Ending ending = pretrain("--method", terms);
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err()).contains("has no class with the interface MethodRecipe");
  }

  @Test
  void noMethodAndTwoMethodsAreRefused() {
    assertThat(pretrain().err()).startsWith("error: pretrain: no method is named.");
    assertThat(pretrain("simclr", "--method", "byol").err())
        .startsWith("error: pretrain: two methods are named.");
  }

  @Test
  void methodAndRegularizerOfSourceFilesTrain() throws IOException {
    Path method = file("Pull.java", METHOD);
    Path terms = file("Terms.java", TERMS);
    CommandLineTest.drawPictures(folder.resolve("data"));
    Ending ending =
        Ending.of(
            "pretrain",
            "--method",
            method,
            "--regularizer",
            terms + "#difference=0.5",
            "--data",
            folder.resolve("data"),
            "--epochs",
            1,
            "--batch",
            8,
            "--precision",
            "float64",
            "--out",
            folder.resolve("run"));
    assertThat(ending.err()).doesNotContain("error");
    assertThat(ending.status()).isZero();
    List<String> metrics = Files.readAllLines(folder.resolve("run/metrics.csv"));
    double alignment = metric(metrics, "alignment");
    // The regularizer is the method's own loss, of the same embeddings.
    assertThat(metric(metrics, "difference")).isEqualTo(alignment);
    assertThat(metric(metrics, "total")).isEqualTo(1.5 * alignment);
  }

  private static double metric(List<String> lines, String name) {
    return lines.stream()
        .filter(line -> line.startsWith("pretrain,0," + name + ","))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(',') + 1)))
        .findFirst()
        .orElseThrow();
  }
}
