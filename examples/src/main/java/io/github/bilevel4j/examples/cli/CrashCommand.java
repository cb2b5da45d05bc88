package io.github.bilevel4j.examples.cli;

import com.google.common.base.Splitter;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.crash.CrashTrial;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench crash}. */
@Command(
    name = "crash",
    description =
        "Kills a small run at random moments, resumes it each time, and compares its weights and"
            + " measurements with those of a run that nobody killed, bit by bit. Ends with status 1"
            + " if they differ.")
final class CrashCommand extends PrintingCommand {
  @Option(names = "--kills", description = "how many (default: ${DEFAULT-VALUE})")
  private int kills = 20;

  @Option(
      names = "--each",
      paramLabel = "KILLS",
      description = "how many of one run at most (default: ${DEFAULT-VALUE})")
  private int each = 10;

  @Option(names = "--seed", description = "of the moments (default: ${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(
      names = "--run",
      paramLabel = "COMMAND",
      description = "the run, its arguments separated by blanks (default: ${DEFAULT-VALUE})")
  private String run = "umm --epochs 3 --umm-epochs 1 --checkpoint 3steps";

  @Override
  public Integer call() {
    Require.in("--kills").atLeast(1, "value", kills);
    Require.in("--each").atLeast(1, "value", each);
    try (CrashTrial trial =
        new CrashTrial(
            Main.class.getName(),
            Splitter.on(' ').omitEmptyStrings().splitToList(run),
            each,
            seed,
            this::print)) {
      trial.run(kills);
      print(trial.table());
      print(
          "%n%d kills, %d runs, %d of their files differ",
          trial.kills(), trial.runs(), trial.differences().size());
      return trial.differences().isEmpty() ? 0 : 1;
    }
  }
}
