package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.fuzz.Fuzzing;
import io.github.bilevel4j.examples.fuzz.Kind;
import io.github.bilevel4j.examples.fuzz.Outcome;
import io.github.bilevel4j.examples.fuzz.Tally;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench fuzz}. */
@Command(
    name = "fuzz",
    description = {
      "Random expressions and damaged files: each must give a right value or an error that tells"
          + " what is wrong.",
      "Cases run in a process of their own, which may crash. Ends with status 1 if anything else"
          + " was found."
    })
final class FuzzCommand extends PrintingCommand {
  @Option(names = "--minutes", description = "how long (default: ${DEFAULT-VALUE})")
  private double minutes = 1;

  @Option(names = "--seed", description = "of all cases (default: ${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(names = "--only", paramLabel = "readers|expressions", description = "one kind of cases")
  private Optional<Kind> only = Optional.empty();

  @Option(
      names = "--case",
      paramLabel = "SEED",
      description = "one case again, and its text: the seed of a finding")
  private Optional<Long> again = Optional.empty();

  @Override
  public Integer call() {
    Require.in("--minutes").positive("value", minutes);
    long start = System.nanoTime();
    try (Fuzzing fuzzing = new Fuzzing(this::tell)) {
      if (again.isPresent()) {
        print(Kind.of(again.get()).target().text(again.get()));
      }
      Tally tally =
          again.isPresent()
              ? fuzzing.again(again.get())
              : fuzzing.run(
                  only.map(ImmutableList::of).orElse(ImmutableList.copyOf(Kind.values())),
                  seed,
                  60 * minutes);
      print(tally.table());
      int findings = tally.count(Outcome.Kind.FINDING);
      print(
          "%n%,d cases in %.0f s; %,d findings of %d kinds",
          tally.count(), (System.nanoTime() - start) / 1e9, findings, tally.findings().size());
      return findings == 0 ? 0 : 1;
    }
  }

  private void tell(Outcome finding) {
    print("finding: %s  --case %d%n%s%n", finding.label(), finding.seed(), finding.text());
  }
}
