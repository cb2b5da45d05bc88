package io.github.bilevel4j.examples.report;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar with rate, time left and the first measurements. On a terminal it moves in place; elsewhere
 * a line is printed every ten seconds.
 */
public final class ConsoleProgress implements Progress {
  private static final int WIDTH = 110;
  private static final int SHOWN = 3;

  private final PrintStream out;
  private final boolean terminal;

  private ConsoleProgress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Prints to a stream. */
  @SuppressWarnings("SystemConsoleNull") // From JDK 22 on a pipe gets the moving bar too: harmless.
  public static ConsoleProgress on(PrintStream out) {
    return new ConsoleProgress(out, System.console() != null);
  }

  @Override
  public Bar start(String name, int made, int steps) {
    ProgressBarConsumer consumer =
        terminal
            ? new ConsoleProgressBarConsumer(out, WIDTH)
            : new DelegatingProgressBarConsumer(out::println, WIDTH);
    return new ConsoleBar(
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(steps)
            .startsFrom(made, Duration.ZERO)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(terminal ? 200 : 10_000)
            .setSpeedUnit(ChronoUnit.SECONDS)
            .showSpeed()
            .setConsumer(consumer)
            .build());
  }

  private record ConsoleBar(ProgressBar bar) implements Bar {
    @Override
    public void advance(ImmutableMap<String, Double> measurements) {
      bar.setExtraMessage(" " + shown(measurements));
      bar.step();
    }

    private static String shown(Map<String, Double> measurements) {
      return measurements.entrySet().stream()
          .limit(SHOWN)
          .map(e -> String.format(Locale.ROOT, "%s %.4g", e.getKey(), e.getValue()))
          .collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
      bar.close();
    }
  }
}
