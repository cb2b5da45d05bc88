package io.github.bilevel4j.build;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The build takes no file whose checksum is wrong. Its first download, the parent of a small
 * project, comes from a folder that serves as repository.
 */
class ChecksumTest {
  private static final String PARENT =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <groupId>org.example</groupId>
        <artifactId>parent</artifactId>
        <version>1</version>
        <packaging>pom</packaging>
      </project>
      """;

  private static final String PROJECT =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <parent>
          <groupId>org.example</groupId>
          <artifactId>parent</artifactId>
          <version>1</version>
          <relativePath/>
        </parent>
        <artifactId>child</artifactId>
        <packaging>pom</packaging>
      </project>
      """;

  @TempDir private Path folder;

  @BeforeEach
  void projectWithTheOptionsOfThisBuild() throws IOException {
    Path options = Path.of("..", ".mvn", "maven.config");
    Files.createDirectories(folder.resolve("project/.mvn"));
    Files.copy(options, folder.resolve("project/.mvn/maven.config"));
    Files.writeString(folder.resolve("project/pom.xml"), PROJECT);
    Files.writeString(
        folder.resolve("settings.xml"),
        """
        <settings>
          <mirrors>
            <mirror>
              <id>folder</id>
              <mirrorOf>*</mirrorOf>
              <url>%s</url>
            </mirror>
          </mirrors>
        </settings>
        """
            .formatted(folder.resolve("mirror").toUri()));
  }

  @Test
  void rightChecksumIsTaken() throws Exception {
    serve(sha1(PARENT));

    assertThat(build()).contains("BUILD SUCCESS");
  }

  @Test
  void wrongChecksumIsRefused() throws IOException, InterruptedException {
    serve("0".repeat(40));

    assertThat(build()).contains("Checksum validation failed").doesNotContain("BUILD SUCCESS");
  }

  private static String sha1(String text) throws GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-1");
    return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void serve(String checksum) throws IOException {
    Path pom = folder.resolve("mirror/org/example/parent/1/parent-1.pom");
    MoreFiles.createParentDirectories(pom);
    Files.writeString(pom, PARENT);
    Files.writeString(pom.resolveSibling("parent-1.pom.sha1"), checksum);
  }

  /** What Maven prints of a phase that needs no plugin. */
  private String build() throws IOException, InterruptedException {
    Process maven =
        new ProcessBuilder(
                "mvn",
                "-B",
                "-s",
                folder.resolve("settings.xml").toString(),
                "-Dmaven.repo.local=" + folder.resolve("local"),
                "validate")
            .directory(folder.resolve("project").toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(maven.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    maven.waitFor();
    return output;
  }
}
