package io.github.bilevel4j.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A program is killed anywhere, or no file can grow beyond a limit: nothing is cut or silent. */
@EnabledOnOs(OS.LINUX)
class KilledAndFullTest {
  private static final int KILLS = 12;
  private static final int LONGEST_MILLISECONDS = 700;
  private static final int ROUNDS = 40;
  private static final String UNLIMITED = "unlimited";

  @TempDir Path folder;

  private static void assertNothingIsCut(Path run) throws IOException {
    Path whole = run.resolve(WritingProcess.WHOLE);
    if (Files.exists(whole)) {
      byte[] bytes = Files.readAllBytes(whole);
      assertThat(bytes).isEqualTo(WritingProcess.content(bytes[0]));
    }
    List<String> lines = lines(run);
    for (int i = 1; i < lines.size(); i++) {
      assertThat(lines.get(i)).isEqualTo("phase," + (i - 1) + ",metric,0.5");
    }
  }

  /** The whole lines: the last one may have been cut in the middle of a write. */
  private static List<String> lines(Path run) throws IOException {
    Path metrics = run.resolve(WritingProcess.METRICS);
    if (!Files.exists(metrics)) {
      return List.of();
    }
    String text = Files.readString(metrics);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  @Test
  void killedAnywhere() throws Exception {
    Random random = new Random(1);
    int cutShort = 0;
    for (int i = 0; i < KILLS; i++) {
      Path run = Files.createDirectory(folder.resolve("run" + i));
      Process process = WritingProcess.start(run, Integer.MAX_VALUE, UNLIMITED);
      while (!Files.exists(run.resolve(WritingProcess.METRICS))) {
        assertThat(process.isAlive()).isTrue();
        Thread.sleep(5);
      }
      boolean ended = process.waitFor(random.nextInt(LONGEST_MILLISECONDS), TimeUnit.MILLISECONDS);
      assertThat(ended).isFalse();
      process.destroyForcibly().waitFor();
      assertNothingIsCut(run);
      WholeFile.removeLeftovers(run);
      assertThat(run).isDirectoryNotContaining("glob:**.part");
      cutShort += lines(run).isEmpty() ? 0 : 1;
    }
    assertThat(cutShort).as("runs that had begun").isPositive();
  }

  /** The whole file has 98 KiB; all lines have 3.4. */
  @Test
  void noFileGrowsBeyondALimit() throws Exception {
    for (int limit : new int[] {0, 1, 2, 3, 4, 64, 97, 98, 128}) {
      Path run = Files.createDirectory(folder.resolve("limit" + limit));
      Process process = WritingProcess.start(run, ROUNDS, String.valueOf(limit));
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      int status = process.waitFor();
      Path metrics = run.resolve(WritingProcess.METRICS);
      String written = Files.exists(metrics) ? Files.readString(metrics) : "";
      assertThat(written.isEmpty() || written.endsWith("\n")).as("whole lines").isTrue();
      assertNothingIsCut(run);
      assertThat(run).isDirectoryNotContaining("glob:**.part");
      boolean whole = Files.exists(run.resolve(WritingProcess.WHOLE));
      boolean all = lines(run).size() == 1 + ROUNDS * WritingProcess.LINES;
      assertThat(status).as("limit %d: %s", limit, said).isEqualTo((whole ? 0 : 1) + (all ? 0 : 1));
      assertThat(said.lines().filter(line -> line.contains("File too large"))).hasSize(status);
      assertThat(limit < 4).as("lines are missing").isEqualTo(!all);
      assertThat(limit < 98).as("the file is missing").isEqualTo(!whole);
    }
  }
}
