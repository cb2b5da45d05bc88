package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.examples.ssl.BclI;
import io.github.bilevel4j.examples.ssl.Sdclr;
import io.github.bilevel4j.examples.ssl.VicRegL;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.ssl.Preset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A method is a short program. */
class MethodProgramsTest {
  private static final Path FOLDER = Path.of("src/main/java/io/github/bilevel4j/examples/ssl");
  private static final Set<Class<?>> LONGER = Set.of(VicRegL.class, Sdclr.class, BclI.class);

  private static Stream<Class<?>> methods() {
    return Stream.of(BuiltInMethod.values())
        .map(kind -> kind.recipe(BuiltInMethodTest.site(Preset.QUICK, 6)).method().getClass());
  }

  private static String file(Class<?> method) {
    return method.getSimpleName() + ".java";
  }

  private static int lines(String file) {
    try {
      return Files.readAllLines(FOLDER.resolve(file)).size();
    } catch (IOException e) {
      throw new AssertionError("no program " + file, e);
    }
  }

  @Test
  void methodsAreShort() {
    assertThat(methods())
        .allSatisfy(
            method ->
                assertThat(lines(file(method)))
                    .as(file(method))
                    .isLessThanOrEqualTo(LONGER.contains(method) ? 70 : 40));
  }
}
