package io.github.bilevel4j.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {

  @ParameterizedTest
  @ValueSource(strings = {"cat", "猫", "a b%20", "100%", "é?#", "🐈", "%C3%A9 é", "😀%"})
  void aNameIsTheLastElement(String name) {
    assumeTrue(System.getProperty("sun.jnu.encoding").equals("UTF-8"));
    assertThat(FileNames.name("test", Path.of("/above", name))).isEqualTo(name);
    assertThat(FileNames.name("test", Path.of(name))).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cat", "猫", "?"})
  void aTextThatIsWholePasses(String text) {
    FileNames.requireWhole("test", text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uFFFD", "cifar10:/data/\uFFFD\uFFFD"})
  void aTextThatLostCharactersIsRefused(String text) {
    assertThatThrownBy(() -> FileNames.requireWhole("test", text))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            """
            test: "%s" has bytes that are no characters in the locale's character set %s.
            Maybe set LC_ALL in the environment to a locale that has them, for instance C.UTF-8.""",
            text, System.getProperty("sun.jnu.encoding"));
  }
}
