package io.github.bilevel4j.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher, copied to a folder where everything seems to be built and a script in Java's place
 * tells what it is given.
 */
class LauncherTest {
  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then
        echo 'openjdk version "17.0.1"' >&2
      else
        locale charmap
        for argument; do
          case $argument in
            -XX:*GC | -Xm* | *NewSize* | -XX:Shared*) echo "${argument##*/}" ;;
            --out=/*) mkdir "${argument#--out=}" ;;
          esac
          last=$argument
        done
        printf '%s\\n' "$last"
      fi
      """;

  @TempDir private Path folder;

  @BeforeEach
  void copyTheLauncher() throws IOException {
    assumeTrue(System.getProperty("sun.jnu.encoding").equals("UTF-8"));
    Files.copy(Path.of("..", "bilevel4j"), folder.resolve("bilevel4j"));
    Path java = folder.resolve("jdk/bin/java");
    Path stamp = folder.resolve("examples/target/classes-stamp");
    MoreFiles.createParentDirectories(java);
    MoreFiles.createParentDirectories(stamp);
    Files.writeString(stamp, "");
    Files.writeString(java, JAVA);
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  private List<String> launched(String locale, String argument)
      throws IOException, InterruptedException {
    return launched(locale, argument, "-XX:+UseZGC -Xmx1g").stream()
        .filter(line -> !line.startsWith("-X"))
        .toList();
  }

  private List<String> launched(String locale, String argument, String options)
      throws IOException, InterruptedException {
    return launched(locale, List.of(argument), options);
  }

  private List<String> launched(String locale, List<String> arguments, String options)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("bash", folder.resolve("bilevel4j").toString());
    builder.command().addAll(arguments);
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().put("LC_ALL", locale);
    builder.environment().put("BILEVEL4J_JAVA_OPTS", options);
    builder.environment().remove("BILEVEL4J_NATIVES");
    Process process = builder.redirectErrorStream(true).start();
    List<String> output =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    process.waitFor();
    return output;
  }

  /** Where there is no other locale either, nothing can be done; the program tells. */
  @Test
  void javaReadsUtf8UnderTheLocaleC() throws Exception {
    assumeTrue(launched("C.UTF-8", "").contains("UTF-8"));
    assertThat(launched("C", "--out=é")).containsExactly("UTF-8", "--out=é");
    assertThat(launched("POSIX", "--out=é")).containsExactly("UTF-8", "--out=é");
  }

  @Test
  void anotherLocaleIsKept() throws Exception {
    assumeTrue(launched("C.UTF-8", "").contains("UTF-8"));
    assertThat(launched("C.UTF-8", "é")).containsExactly("UTF-8", "é");
  }

  @Test
  void garbageDoesNotGrowWithTheMachinesMemory() throws Exception {
    assertThat(launched("C.UTF-8", "x", ""))
        .contains("-XX:+UseSerialGC", "-XX:MaxNewSize=256m")
        .endsWith("x");
    assertThat(launched("C.UTF-8", "x", "-Xmx100m"))
        .contains("-XX:+UseSerialGC", "-Xmx100m")
        .doesNotContain("-XX:MaxNewSize=256m");
    assertThat(launched("C.UTF-8", "x", "-XX:+UseG1GC"))
        .contains("-XX:+UseG1GC", "-XX:MaxNewSize=256m")
        .doesNotContain("-XX:+UseSerialGC");
  }

  @Test
  void aBudgetKeepsTheHeapSmall() throws Exception {
    assertThat(launched("C.UTF-8", "--memory=2g", "")).contains("-Xms64m").endsWith("--memory=2g");
    assertThat(launched("C.UTF-8", "x", "")).doesNotContain("-Xms64m");
    assertThat(launched("C.UTF-8", "--memory=2g", "-Xmx100m")).doesNotContain("-Xms64m");
    // Java does not start with a least part that is above the greatest.
    assertThat(launched("C.UTF-8", "--memory=2g", "-XX:MinHeapFreeRatio=40"))
        .doesNotContain("-Xms64m");
  }

  @Test
  void aRunThatIsResumedHasItsBudget() throws Exception {
    Path run = Files.createDirectory(folder.resolve("run"));
    List<String> resume = List.of("resume", run.toString());
    assertThat(launched("C.UTF-8", resume, "")).doesNotContain("-Xms64m").endsWith(run.toString());
    Files.writeString(run.resolve("config.json"), "{\"arguments\" : [ \"pretrain\", \"x\" ]}");
    assertThat(launched("C.UTF-8", resume, "")).doesNotContain("-Xms64m");
    Files.writeString(run.resolve("config.json"), "{\"arguments\" : [ \"--memory\", \"2g\" ]}");
    assertThat(launched("C.UTF-8", resume, "")).contains("-Xms64m");
    assertThat(launched("C.UTF-8", List.of("monitor", run.toString()), ""))
        .doesNotContain("-Xms64m");
  }

  /** The fake Java makes none, which is tried once. */
  @Test
  void archivedClassesAreUsedIfThereAreAny() throws Exception {
    Path log = folder.resolve("examples/target/classes-17.jsa.log");
    assertThat(launched("C.UTF-8", "x", "")).doesNotContain("classes-17.jsa").endsWith("x");
    assertThat(log).content().contains("classes-17.jsa.run");
    assertThat(folder.resolve("examples/target/classes-17.jsa.run")).doesNotExist();
    Files.writeString(log, "tried");
    Files.writeString(folder.resolve("examples/target/classes-17.jsa"), "");
    assertThat(launched("C.UTF-8", "x", "")).contains("classes-17.jsa");
    assertThat(log).hasContent("tried");
  }

  /** The fake Java knows no version but 17. */
  @Test
  void theVersionIsThatOfTheFileRelease() throws Exception {
    Files.writeString(folder.resolve("jdk/release"), "OTHER=\"9\"\nJAVA_VERSION=\"16.0.2\"\n");
    assertThat(launched("C.UTF-8", "x"))
        .singleElement(as(STRING))
        .contains("jdk/bin/java is Java 16. Install a JDK 17 or newer");
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
    assertThat(launched("C.UTF-8", "x")).endsWith("x");
  }
}
