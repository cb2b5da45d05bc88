package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of files beyond ASCII, read where the locale knows none. */
class LocaleTest {
  private static final Map<String, String> C = Map.of("LC_ALL", "C");
  private static final Map<String, String> UTF_8 = Map.of("LC_ALL", "C.UTF-8");

  @TempDir private Path temporary;

  /** Prints the classes of a data set, and of each image the label and the first sample. */
  static final class Labels {
    private Labels() {}

    public static void main(String[] arguments) {
      PrintStream out = OtherMachine.out();
      try {
        ImageDataset data = DataSource.read(arguments[0]);
        for (LabeledImages part : List.of(data.train(), data.test())) {
          out.println(part.classNames());
          for (int i = 0; i < part.count(); i++) {
            out.println(part.label(i) + " " + (part.samples(i)[0] & 0xff));
          }
        }
      } catch (IllegalArgumentException e) {
        out.println(e.getMessage());
      }
    }
  }

  @BeforeEach
  void requireUnicodeNames() {
    assumeTrue(File.separatorChar == '/');
    assumeTrue(System.getProperty("sun.jnu.encoding").equals("UTF-8"));
  }

  private String labels(Map<String, String> environment, String source)
      throws IOException, InterruptedException {
    return OtherMachine.run(Labels.class, temporary, environment, source);
  }

  private static void writeClass(Path data, String part, String name, int seed) throws IOException {
    Samples.write(data, part + "/" + name + "/" + "é.png", Samples.png(4, 6, seed));
  }

  /** The names differ beyond ASCII only, and lie in another order in train than in test. */
  @Test
  void labelsAreTheSameWithoutAnyLocale() throws Exception {
    Path data = temporary.resolve("data");
    writeClass(data, "train", "猫", 1);
    writeClass(data, "train", "狗", 2);
    writeClass(data, "test", "狗", 2);
    writeClass(data, "test", "猫", 1);
    String expected = labels(UTF_8, "data");
    assertThat(expected.lines().toList())
        .hasSize(6)
        .startsWith("[狗, 猫]", "0 " + Samples.firstSample(2), "1 " + Samples.firstSample(1));
    assertThat(expected.lines().skip(3).toList()).isEqualTo(expected.lines().limit(3).toList());
    assertThat(labels(C, "data")).isEqualTo(expected);
  }

  @Test
  void anArgumentThatTheLocaleCannotWriteIsToldSo() throws Exception {
    Samples.petsIn(temporary.resolve("猫"));
    assertThat(labels(UTF_8, "猫")).startsWith("[cat, dog]");
    for (String argument : List.of("猫", "cifar10:猫", "猫.zip")) {
      assertThat(labels(C, argument))
          .contains("has bytes that are no characters in the locale's character set")
          .contains("Maybe set LC_ALL in the environment to a locale that has them, for instance");
    }
  }

  /** Java then loses relative paths. */
  @Test
  void aFolderThatTheLocaleCannotWriteIsToldSo() throws Exception {
    Path folder = Files.createDirectory(temporary.resolve("猫"));
    Samples.petsIn(folder.resolve("pets"));
    assertThat(OtherMachine.run(Labels.class, folder, UTF_8, "pets")).startsWith("[cat, dog]");
    assertThat(OtherMachine.run(Labels.class, folder, C, "pets"))
        .contains("has bytes that are no characters in the locale's character set");
  }

  /** In Latin-1, which a locale with UTF-8 cannot read: two such names would look the same. */
  @Test
  void aNameThatIsNoTextIsToldWithItsBytes() throws Exception {
    Path data = Samples.petsIn(temporary.resolve("data"));
    String move = "mv data/train/cat \"$(printf 'data/train/caf\\351')\"";
    Process shell =
        new ProcessBuilder("sh", "-c", move).directory(temporary.toFile()).inheritIO().start();
    assumeTrue(shell.waitFor() == 0 && !Files.exists(data.resolve("train/cat")));
    for (Map<String, String> environment : List.of(UTF_8, C)) {
      assertThat(labels(environment, "data"))
          .startsWith("read images: the name of a file is neither in UTF-8 nor in the locale's")
          .contains("bytes  caf%E9");
    }
  }

  @Test
  void archivesDoNotDependOnTheLocale() throws Exception {
    Path data = temporary.resolve("data");
    for (String part : List.of("train", "test")) {
      writeClass(data, part, "猫", 1);
      writeClass(data, part, "狗", 2);
    }
    Samples.zipped(data, temporary.resolve("data.zip"), "");
    assertThat(labels(C, "data.zip")).isEqualTo(labels(C, "data")).startsWith("[狗, 猫]");
  }
}
