package io.github.bilevel4j.examples.cli;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a setting is at each step of a run, as written in {@code presets.csv}.
 *
 * @param text the words of the table
 * @param epoch the number of steps of an epoch
 * @param steps the number of steps of the run, T
 */
record PublishedCurve(String text, int epoch, int steps) {

  double at(int step) {
    List<String> words = Splitter.on(' ').splitToList(text);
    boolean late = words.get(words.size() - 1).equals("late");
    int k = late ? Math.max(0, step - 1) : step;
    int then = words.indexOf("then");
    if (then >= 0 && k >= steps) {
      return PresetsTest.number(words.get(then + 1));
    }
    int end = then >= 0 ? then : words.size() - (late ? 1 : 0);
    return at(k, words.get(0), words.subList(1, end).stream().map(PresetsTest::number).toList());
  }

  private double at(int k, String kind, List<Double> x) {
    return switch (kind) {
      case "cosine" -> half(x.get(0), x.get(1), k, steps);
      case "warmup" -> {
        int w = epochs(x.get(2));
        yield k < w
            ? x.get(0) + (x.get(1) - x.get(0)) * k / (w - 1)
            : half(x.get(1), x.get(3), k - w, steps - w);
      }
      case "risingcosine" -> {
        int w = epochs(x.get(1));
        yield k < w
            ? x.get(0) + (x.get(2) - x.get(0)) * k / w
            : half(x.get(2), x.get(3), k - w, steps - w);
      }
      case "earlycosine" -> {
        int w = epochs(x.get(1));
        yield k + 1 < w ? x.get(0) * (k + 1) / w : half(x.get(0), x.get(2), k + 1 - w, steps - w);
      }
      case "drops" -> {
        double risen = x.get(0) * Math.min(1, (k + 1) / x.get(1));
        long dropped =
            Stream.of(x.get(3), x.get(4)).filter(last -> k >= steps - epochs(last)).count();
        yield risen * Math.pow(x.get(2), (double) dropped);
      }
      case "linspace" -> {
        int w = epochs(x.get(2));
        yield x.get(0) + (x.get(1) - x.get(0)) * Math.min(k, w - 1) / (w - 1);
      }
      case "before" -> k < epochs(x.get(0)) ? 1 : 0;
      case "from" -> k >= epochs(x.get(0)) ? 1 : 0;
      default -> PresetsTest.number(text);
    };
  }

  private int epochs(double number) {
    return (int) (number * epoch);
  }

  private static double half(double from, double to, int k, int steps) {
    double progress = Math.min(1, (double) k / steps);
    return to + (from - to) * (1 + Math.cos(Math.PI * progress)) / 2;
  }

  /** Steps around all at which something may change, and some between. */
  static int[] samples(int epoch, int steps) {
    IntStream around =
        IntStream.of(
            0,
            2 * epoch,
            10 * epoch,
            50 * epoch,
            500,
            steps / 4,
            steps / 2,
            steps * 3 / 4,
            steps - 50 * epoch,
            steps - 25 * epoch,
            steps,
            2 * steps);
    return IntStream.concat(
            around.flatMap(step -> IntStream.rangeClosed(step - 2, step + 2)),
            IntStream.of(epoch - 1, epoch, epoch + 1, 5 * epoch, 7 * epoch + 3))
        .filter(step -> step >= 0)
        .sorted()
        .distinct()
        .toArray();
  }
}
