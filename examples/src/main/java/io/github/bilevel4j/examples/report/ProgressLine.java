package io.github.bilevel4j.examples.report;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;
import org.jline.utils.WCWidth;

/**
 * A line for a terminal of any width: name, percentage, bar and count, then, as far as there is
 * room, times, rate and the first measurements, each of them whole. The bar never gives way.
 */
final class ProgressLine implements ProgressBarRenderer {
  private static final int LEAST_BAR = 10;
  private static final int MOST_BAR = 40;

  /** Name and bar have at most this part of the width each. */
  private static final int PART = 4;

  private volatile ImmutableMap<String, Double> measurements = ImmutableMap.of();

  void show(ImmutableMap<String, Double> last) {
    measurements = last;
  }

  @Override
  public String render(ProgressState state, int width) {
    return line(
        width,
        state.getTaskName(),
        state.getStart(),
        state.getCurrent(),
        state.getMax(),
        state.getElapsedAfterStart());
  }

  /** What is shown after some time, in exactly so many columns unless there are very few. */
  String line(int width, String name, long start, long made, long steps, Duration time) {
    double done = steps == 0 ? 1 : Math.min(1.0, (double) made / steps);
    int bar = Math.max(LEAST_BAR, Math.min(MOST_BAR, width / PART));
    StringBuilder line = new StringBuilder(cut(printable(name), width / PART));
    line.append(
        String.format(
            Locale.ROOT,
            " %3d%% [%s] %d/%d",
            (int) (100 * done),
            Strings.padEnd("=".repeat((int) (bar * done)), bar, ' '),
            made,
            steps));
    double seconds = time.toMillis() / 1000.0;
    double rate = seconds == 0 ? 0 : (made - start) / seconds;
    String left = rate == 0 ? "?" : clock((long) Math.ceil((steps - made) / rate));
    int room = width - columns(line);
    room = append(line, " (%s / %s)".formatted(clock(time.toSeconds()), left), room);
    room = append(line, rate == 0 ? " ?/s" : String.format(Locale.ROOT, " %.3g/s", rate), room);
    String before = " ";
    for (var measured : measurements.entrySet()) {
      String value = String.format(Locale.ROOT, "%.4g", measured.getValue());
      room = append(line, before + printable(measured.getKey()) + " " + value, room);
      before = ", ";
    }
    return line + " ".repeat(Math.max(0, width - columns(line)));
  }

  /** Returns the room that is left; none once something did not fit. */
  private static int append(StringBuilder line, String part, int room) {
    if (columns(part) > room) {
      return 0;
    }
    line.append(part);
    return room - columns(part);
  }

  private static String clock(long seconds) {
    Duration time = Duration.ofSeconds(seconds);
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }

  /** Names come from programs of users. */
  private static String printable(String text) {
    return text.codePoints()
        .map(character -> WCWidth.wcwidth(character) < 0 ? '?' : character)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static String cut(String text, int columns) {
    int end = text.length();
    while (columns(text.substring(0, end)) > columns) {
      end = text.offsetByCodePoints(end, -1);
    }
    return text.substring(0, end);
  }

  static int columns(CharSequence text) {
    return text.codePoints().map(WCWidth::wcwidth).sum();
  }
}
