package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.bench.Duel;
import io.github.bilevel4j.examples.bench.SelfTimed;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import picocli.CommandLine.Option;

/** Another program to be compared with. */
final class AgainstOptions {
  @Option(
      names = "--against",
      paramLabel = "CMD",
      description =
          "a shell's command line that measures the same by another program: run in turn with this"
              + " one, each in a process of its own. The last line of its output with"
              + " median_s=NUMBER, \"median_ms\": NUMBER or median NUMBER ... s tells its time")
  private String command;

  @Option(
      names = "--pairs",
      description = "of runs, here and there, of --against (default: ${DEFAULT-VALUE})")
  private int pairs = 5;

  boolean isGiven() {
    return command != null;
  }

  /**
   * Prints the pairs.
   *
   * @return the exit status
   */
  int compare(DoubleSupplier here, PrintingCommand console) {
    Require.in("--pairs").atLeast(1, "value", pairs);
    SelfTimed there = SelfTimed.shell("--against", command);
    try {
      console.print(Duel.of(pairs, here, there::seconds, pair -> tell(pair, console)));
      return 0;
    } catch (SelfTimed.Failure e) {
      console.warn("error: " + e.getMessage());
      return 1;
    }
  }

  private static void tell(Duel.Pair pair, PrintingCommand console) {
    console.warn(String.format(Locale.ROOT, "here / there: %.3f", pair.ratio()));
  }
}
