package io.github.bilevel4j.examples.cli;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.bench.Candidate;
import io.github.bilevel4j.examples.bench.HypergradientProblem;
import io.github.bilevel4j.examples.bench.HypergradientTimes;
import io.github.bilevel4j.examples.bench.HypergradientWorkload;
import io.github.bilevel4j.examples.bench.Measured;
import io.github.bilevel4j.examples.bench.OwnProcess;
import io.github.bilevel4j.examples.bench.Reference;
import io.github.bilevel4j.examples.diagnosis.Machine;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench hypergradient}. */
@Command(
    name = "hypergradient",
    description = {
      "Time, memory and error of hypergradients, by estimator and number of iterations K."
          + " Each estimator is measured in a process of its own.",
      "Problem a: logistic regression, 500 penalties. Problem b: implicit MAML, 131,466 weights.",
      "Behind \"taskset -c 0\" it keeps to one core of the processor."
    })
final class HypergradientBenchCommand extends PrintingCommand {
  @Option(
      names = "--problem",
      paramLabel = "a|b|all",
      defaultValue = "all",
      description = "a, b or all (default: ${DEFAULT-VALUE})")
  private Choice problem;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      split = ",",
      description = "some of them, for instance cg or cg-10; may be repeated")
  private Set<String> only = new TreeSet<>();

  @Option(
      names = "--runs",
      description = "measured calls at least, after three to warm up (default: ${DEFAULT-VALUE})")
  private int runs = 7;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description =
          "more calls until so many seconds have passed, up to 10,000 (default: ${DEFAULT-VALUE})")
  private double seconds;

  @Option(names = "--csv", paramLabel = "FILE", description = "also as comma-separated values")
  private Path csv;

  @Option(names = "--small", description = "problems of a tiny size, to try it out")
  private boolean small;

  @Mixin private AgainstOptions against;

  @Mixin private DeviceOptions device;

  private final FailedWrites unwritten = new FailedWrites(this::warn);

  /** The problems that can be asked for. */
  private enum Choice {
    A,
    B,
    ALL;

    private ImmutableList<HypergradientProblem> problems() {
      return this == ALL
          ? ImmutableList.copyOf(HypergradientProblem.values())
          : ImmutableList.of(HypergradientProblem.valueOf(name()));
    }
  }

  @Override
  public Integer call() {
    Require.in("--runs").atLeast(1, "value", runs);
    if (!(seconds >= 0)) {
      throw UsageError.in("--seconds").because("%s is negative", seconds).maybe("2 was meant.");
    }
    device.requireNoLimits();
    requireKnown();
    requireOneAgainst();
    begin();
    print(
        "%s%nload %.1f; device %s, %s; median of %d runs or %s s; bilevel4j %s",
        Machine.description(),
        Machine.load(),
        Device.parse(device.device),
        Ascii.toLowerCase(device.precision.name()),
        runs,
        seconds,
        String.join(" ", spec.root().commandLine().getParseResult().originalArgs()));
    if (against.isGiven()) {
      return compare();
    }
    List<HypergradientTimes> all = new ArrayList<>();
    for (HypergradientProblem one : problem.problems()) {
      HypergradientWorkload workload = one.workload(small);
      if (!workload.candidates(only).isEmpty()) {
        measure(one, workload, all);
      }
    }
    return CommandRun.status(unwritten.messages(), this);
  }

  private void requireKnown() {
    ImmutableSet<String> known =
        HypergradientWorkload.names(
            problem.problems().stream().map(one -> one.workload(true)).toList());
    for (String unknown : Sets.difference(only, known)) {
      throw UsageError.in("--only")
          .because("nothing is called \"%s\"", unknown)
          .row("names", String.join(", ", known))
          .maybe("cg was meant, which is all of cg-5, cg-10, ...");
    }
  }

  private void requireOneAgainst() {
    long chosen =
        problem.problems().stream()
            .mapToLong(one -> one.workload(true).candidates(only).size())
            .sum();
    if (against.isGiven() && chosen != 1) {
      throw UsageError.in("--against")
          .because("it is compared with one estimator, not with %d", chosen)
          .maybe("--problem=a --only=cg-10 was meant.");
    }
  }

  private int compare() {
    for (HypergradientProblem one : problem.problems()) {
      HypergradientWorkload workload = one.workload(small);
      for (Candidate candidate : workload.candidates(only)) {
        print("%n%s: %s%n", workload.title(), candidate.name());
        Reference reference = workload.solved();
        OwnProcess.Task task = task(one, candidate);
        return against.compare(() -> OwnProcess.measure(task, reference).median() / 1e3, this);
      }
    }
    throw new IllegalStateException("there is no estimator");
  }

  private OwnProcess.Task task(HypergradientProblem problem, Candidate candidate) {
    return new OwnProcess.Task(
        problem,
        small,
        candidate.name(),
        device.device,
        device.precision,
        new Measured.Effort(runs, seconds));
  }

  /** Adds one table, which grows in the file row by row. */
  private void measure(
      HypergradientProblem problem, HypergradientWorkload workload, List<HypergradientTimes> all) {
    Reference reference = workload.solved();
    HypergradientTimes times = new HypergradientTimes(problem.toString(), ImmutableList.of());
    all.add(times);
    for (Candidate candidate : workload.candidates(only)) {
      spec.commandLine().getErr().println("measuring " + candidate.name());
      spec.commandLine().getErr().flush();
      times = times.and(OwnProcess.measure(task(problem, candidate), reference));
      all.set(all.size() - 1, times);
      unwritten.attempt(csv, () -> write(all));
    }
    print(
        "%n%s, on %s%ninner value %.6f, outer value %.6f, norm of the hypergradient %.4e%n%n%s",
        workload.title(),
        times.rows().get(0).device(),
        reference.inner(),
        reference.outer(),
        reference.norm(),
        times.table());
  }

  /** A file that cannot be written from the beginning is refused. */
  private void begin() {
    try {
      write(List.of());
    } catch (WriteException e) {
      throw UsageError.in("--csv")
          .because("%s cannot be written", csv)
          .maybe("its folder does not exist, or is not yours.");
    }
  }

  private void write(List<HypergradientTimes> all) {
    if (csv != null) {
      WholeFile.write(
          csv,
          all.stream()
              .map(HypergradientTimes::csv)
              .collect(Collectors.joining("", HypergradientTimes.TITLES + "\n", "")));
    }
  }
}
