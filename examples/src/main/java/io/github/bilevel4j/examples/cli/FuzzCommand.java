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
  @Option(names = "--minutes", description = "how long (default: 1, or until all --cases)")
  private Optional<Double> minutes = Optional.empty();

  @Option(names = "--cases", description = "how many, also if the time is not over")
  private Optional<Integer> cases = Optional.empty();

  @Option(names = "--seed", description = "of all cases (default: ${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(
      names = "--only",
      paramLabel = "KIND",
      description = {
        "one kind of cases: expressions, or readers of any file, or of weights, archives (tar,"
            + " tar.gz, ZIP), pictures, arrays (CIFAR, STL-10, lists), tables (of runs)"
      })
  private Optional<Kind> only = Optional.empty();

  @Option(
      names = "--case",
      paramLabel = "SEED",
      description = "one case again, and its text: the seed of a finding")
  private Optional<Long> again = Optional.empty();

  @Override
  public Integer call() {
    minutes.ifPresent(value -> Require.in("--minutes").positive("value", value));
    cases.ifPresent(value -> Require.in("--cases").positive("value", value));
    long start = System.nanoTime();
    try (Fuzzing fuzzing = new Fuzzing(this::tell)) {
      if (again.isPresent()) {
        print(Kind.of(again.get()).target().text(again.get()));
      }
      Tally tally =
          again.isPresent()
              ? fuzzing.again(again.get())
              : fuzzing.run(
                  only.map(ImmutableList::of).orElse(Kind.ALL),
                  seed,
                  60 * minutes.orElse(cases.isPresent() ? Double.POSITIVE_INFINITY : 1),
                  cases.orElse(Integer.MAX_VALUE));
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
