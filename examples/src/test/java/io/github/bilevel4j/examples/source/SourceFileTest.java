package io.github.bilevel4j.examples.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFileTest {
  @TempDir Path folder;

  private Path file(String source) throws IOException {
    return Files.writeString(folder.resolve("Mine.java"), source);
  }

  @Test
  void loadsNestedClassesAndUsesTheLibrary() throws Exception {
    SourceFile loaded =
        SourceFile.load(
            file(
                """
                import io.github.bilevel4j.expr.Expr;

                class Mine implements java.util.function.Supplier<String> {
                  record Inner(int i) {}

                  public String get() {
                    return Expr.input("x", 2, 3).shape() + " " + new Inner(7);
                  }
                }
                """));
    assertThat(loaded.classes()).extracting(Class::getSimpleName).contains("Mine", "Inner");
    var constructor = loaded.only(Supplier.class, "a supplier").getDeclaredConstructor();
    constructor.setAccessible(true);
    assertThat(constructor.newInstance().get()).isEqualTo("[2, 3] Inner[i=7]");
  }

  @Test
  void tellsTheCompilersMessageWithFileAndLine() throws IOException {
    Path file = file("class Mine {\n  int x = \"one\";\n}\n");
    assertThatThrownBy(() -> SourceFile.load(file))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            "source file: %1$s does not compile.\n  %1$s:2: error: incompatible types:"
                    .formatted(file)
                + " java.lang.String cannot be converted to int\n      int x = \"one\";");
  }

  @Test
  void refusesFilesThatAreNotThere() {
    Path missing = folder.resolve("None.java");
    assertThatThrownBy(() -> SourceFile.load(missing))
        .isInstanceOf(UsageError.class)
        .hasMessage("source file: there is no file " + missing + ".");
  }

  @Test
  void refusesTwoMainMethods() throws IOException {
    Path file =
        file(
            """
            class Mine { public static void main(String[] arguments) {} }
            class Other { public static void main(String[] arguments) {} }
            """);
    SourceFile loaded = SourceFile.load(file);
    assertThatThrownBy(loaded::main)
        .isInstanceOf(UsageError.class)
        .hasMessage(
            "source file: %s has more than one class with a main method.\n  class  Mine\n  class  Other",
            file);
  }
}
