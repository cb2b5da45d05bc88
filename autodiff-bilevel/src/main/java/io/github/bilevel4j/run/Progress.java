package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;
import java.io.PrintStream;
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

/** Shows how far a loop is. */
@FunctionalInterface
public interface Progress {

  /** Begins to show a loop of so many steps. */
  Bar start(String name, int steps);

  /** A loop being shown. */
  interface Bar extends AutoCloseable {

    /** One more step was made. */
    void advance(ImmutableMap<String, Double> measurements);

    @Override
    void close();
  }

  /** Shows nothing. */
  static Progress none() {
    return (name, steps) -> new QuietBar();
  }

  /**
   * A bar with rate, time left and the first measurements. On a terminal it moves in place;
   * elsewhere a line is printed every ten seconds.
   */
  @SuppressWarnings("SystemConsoleNull") // From JDK 22 on a pipe gets the moving bar too: harmless.
  static Progress on(PrintStream out) {
    boolean terminal = System.console() != null;
    return (name, steps) -> new ConsoleBar(name, steps, out, terminal);
  }

  /** Shows nothing. */
  final class QuietBar implements Bar {
    private QuietBar() {}

    @Override
    public void advance(ImmutableMap<String, Double> measurements) {}

    @Override
    public void close() {}
  }

  /** A bar of text. */
  final class ConsoleBar implements Bar {
    private static final int WIDTH = 110;
    private static final int SHOWN = 3;

    private final ProgressBar bar;

    private ConsoleBar(String name, int steps, PrintStream out, boolean terminal) {
      ProgressBarConsumer consumer =
          terminal
              ? new ConsoleProgressBarConsumer(out, WIDTH)
              : new DelegatingProgressBarConsumer(out::println, WIDTH);
      this.bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(steps)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(terminal ? 200 : 10_000)
              .setSpeedUnit(ChronoUnit.SECONDS)
              .showSpeed()
              .setConsumer(consumer)
              .build();
    }

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
