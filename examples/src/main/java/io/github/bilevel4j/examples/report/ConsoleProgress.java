package io.github.bilevel4j.examples.report;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.run.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
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
  private static final int SHOWN = 3;

  /** What a line has besides name, numbers of steps, bar and measurements, at most. */
  private static final int REST = 46;

  private static final int SHORTEST_BAR = 10;

  private final PrintStream out;
  private final boolean terminal;
  private final int width;

  private ConsoleProgress(PrintStream out, boolean terminal, int width) {
    this.out = out;
    this.terminal = terminal;
    this.width = width;
  }

  /**
   * Prints to a stream.
   *
   * @param width the most characters in a line
   */
  @SuppressWarnings("SystemConsoleNull") // From JDK 22 on a pipe gets the moving bar too: harmless.
  public static ConsoleProgress on(PrintStream out, int width) {
    return new ConsoleProgress(out, System.console() != null, width);
  }

  @Override
  public Bar start(String name, int made, int steps) {
    ProgressBarConsumer consumer =
        terminal
            ? new ConsoleProgressBarConsumer(out, width)
            : new DelegatingProgressBarConsumer(out::println, width);
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
            .build(),
        width - name.length() - 2 * String.valueOf(steps).length() - REST - SHORTEST_BAR);
  }

  /**
   * A bar.
   *
   * @param room characters for measurements, so that they leave some to the bar itself
   */
  private record ConsoleBar(ProgressBar bar, int room) implements Bar {
    @Override
    public void advance(ImmutableMap<String, Double> measurements) {
      bar.setExtraMessage(" " + shown(measurements));
      bar.step();
    }

    /** The first few for which there is room, whole ones only. */
    private String shown(Map<String, Double> measurements) {
      StringBuilder shown = new StringBuilder();
      for (Map.Entry<String, Double> each : Iterables.limit(measurements.entrySet(), SHOWN)) {
        String next = String.format(Locale.ROOT, "%s %.4g", each.getKey(), each.getValue());
        if (shown.length() + next.length() + 2 > room) {
          break;
        }
        shown.append(shown.isEmpty() ? "" : ", ").append(next);
      }
      return shown.toString();
    }

    @Override
    public void close() {
      bar.close();
    }
  }
}
