package io.github.bilevel4j.examples.report;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.run.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;

/**
 * A bar with rate, time left and the first measurements. On a terminal it moves in place, in as
 * many columns as there are; elsewhere a line is printed every ten seconds. The variable {@code
 * COLUMNS}, if it is set, has the number of columns in both cases.
 */
public final class ConsoleProgress implements Progress {
  private static final int PIPE_COLUMNS = 110;

  private final PrintStream out;
  private final boolean terminal;
  private final Optional<Integer> columns;

  ConsoleProgress(PrintStream out, boolean terminal, String columns) {
    this.out = out;
    this.terminal = terminal;
    this.columns =
        Optional.ofNullable(Ints.tryParse(Strings.nullToEmpty(columns))).filter(given -> given > 0);
  }

  /** Prints to a stream. */
  @SuppressWarnings("SystemConsoleNull") // From JDK 22 on a pipe gets the moving bar too: harmless.
  public static ConsoleProgress on(PrintStream out) {
    return new ConsoleProgress(out, System.console() != null, System.getenv("COLUMNS"));
  }

  @Override
  public Bar start(String name, int made, int steps) {
    ProgressLine line = new ProgressLine();
    return new ConsoleBar(
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(steps)
            .startsFrom(made, Duration.ZERO)
            .setRenderer(line)
            .setUpdateIntervalMillis(terminal ? 200 : 10_000)
            .setConsumer(consumer())
            .build(),
        line);
  }

  private ProgressBarConsumer consumer() {
    if (!terminal) {
      return new DelegatingProgressBarConsumer(
          line -> out.println(line.stripTrailing()), columns.orElse(PIPE_COLUMNS));
    }
    // The last column is left free: some terminals begin a new line after it.
    return columns
        .map(given -> new ConsoleProgressBarConsumer(out, Math.max(1, given - 1)))
        .orElseGet(() -> new ConsoleProgressBarConsumer(out));
  }

  private record ConsoleBar(ProgressBar bar, ProgressLine line) implements Bar {
    @Override
    public void advance(ImmutableMap<String, Double> measurements) {
      line.show(measurements);
      bar.step();
    }

    @Override
    public void close() {
      bar.close();
    }
  }
}
