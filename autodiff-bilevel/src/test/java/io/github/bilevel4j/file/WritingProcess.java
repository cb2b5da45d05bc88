package io.github.bilevel4j.file;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.MetricsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A program that writes as a run does: a whole file of some size, again and again, and a line of
 * measurements after each. It ends with the number of files that are not whole.
 */
final class WritingProcess {
  static final String WHOLE = "whole";
  static final String METRICS = "metrics.csv";
  static final int LINES = 4;
  static final int SIZE = 100_000;

  private WritingProcess() {}

  /** Starts it in a folder; files may have so many KiB. */
  static Process start(Path folder, int rounds, String limit) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "bash",
                "-c",
                "ulimit -f \"$0\"; exec \"$@\"",
                limit,
                java,
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                WritingProcess.class.getName(),
                folder.toString(),
                String.valueOf(rounds)));
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder.redirectErrorStream(true).start();
  }

  /** What is written in a round. */
  static byte[] content(int round) {
    byte[] bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) round);
    return bytes;
  }

  /**
   * Writes.
   *
   * @param arguments folder and number of rounds
   */
  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    FailedWrites failures = new FailedWrites(System.out::println);
    MetricsFile metrics = MetricsFile.create(folder.resolve(METRICS), failures);
    for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
      byte[] content = content(round);
      Path whole = folder.resolve(WHOLE);
      failures.attempt(whole, () -> WholeFile.write(whole, content));
      for (int line = 0; line < LINES; line++) {
        metrics.phase("phase").measured(LINES * round + line, ImmutableMap.of("metric", 0.5));
      }
    }
    failures.attempt(folder.resolve(METRICS), metrics::close);
    System.exit(failures.messages().size());
  }
}
