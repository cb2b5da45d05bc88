package io.github.bilevel4j.examples.cli;

import com.google.common.base.Ascii;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.bench.Candidate;
import io.github.bilevel4j.examples.bench.HypergradientProblem;
import io.github.bilevel4j.examples.bench.HypergradientWorkload;
import io.github.bilevel4j.examples.bench.KernelProfile;
import io.github.bilevel4j.examples.bench.ProfileBench;
import io.github.bilevel4j.examples.bench.Workload;
import io.github.bilevel4j.examples.diagnosis.Machine;
import io.github.bilevel4j.examples.report.StackedBars;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench profile}. */
@Command(
    name = "profile",
    description = {
      "Where the time of a step goes: time, bytes and operations of its kernels by kind and by"
          + " layer, as TensorFlow traces them, against the rates of a large matrix product and of a"
          + " large copy in the same run.",
      "A kernel's part of the peak is the time that its operations or its bytes take at these rates,"
          + " whichever is longer, by the time that it took. Layers follow from the parameters that a"
          + " kernel's value depends on; the loss counts as the projector's."
    })
final class ProfileCommand extends PrintingCommand {
  @Option(
      names = "--step",
      paramLabel = "NAME",
      defaultValue = "ssl",
      description =
          "ssl (a SimCLR step), bilevel (UMM without its memorization term), umm, a or b (the"
              + " problems of bench hypergradient) (default: ${DEFAULT-VALUE})")
  private Subject subject;

  @Option(
      names = "--estimator",
      description = "of bilevel and umm, see list (default: ${DEFAULT-VALUE})")
  private EstimatorKind estimator = EstimatorKind.EXACT;

  @Option(
      names = "--cg-steps",
      description = "iterations of the estimator's solver (default: ${DEFAULT-VALUE})")
  private int iterations = 10;

  @Option(
      names = "--only",
      paramLabel = "NAME",
      description =
          "the estimator of a and b, as in bench hypergradient (default: ${DEFAULT-VALUE})")
  private String only = "cg-10";

  @Option(names = "--small", description = "a and b of a tiny size, to try it out")
  private boolean small;

  @Option(names = "--augment", description = "ssl with its augmentations")
  private boolean augmented;

  @Option(
      names = "--kinds",
      description = "rows for kinds of operations (default: ${DEFAULT-VALUE})")
  private int kinds = 16;

  @Option(names = "--chart", paramLabel = "FILE", description = "also as a picture, in PNG")
  private Path chart;

  @Mixin private BenchCommand.Options options;

  private final FailedWrites unwritten = new FailedWrites(this::warn);

  /** The steps that can be asked for. */
  private enum Subject {
    SSL,
    BILEVEL,
    UMM,
    A,
    B
  }

  @Override
  public Integer call() {
    Require.in("bench profile").atLeast(1, "kinds", kinds).atLeast(1, "runs", options.runs);
    try (TensorFlowEngine engine = options.device.open()) {
      switch (subject) {
        case A, B -> hypergradient(HypergradientProblem.valueOf(subject.name()), engine);
        default -> network(engine);
      }
    }
    print("\npeak memory " + Machine.peakMemory());
    return CommandRun.status(unwritten.messages(), this);
  }

  private void network(TensorFlowEngine engine) {
    Workload workload = options.workload();
    HypergradientEstimator differentiated =
        estimator.estimator(EstimatorKind.Settings.of(iterations, 0, 0.01));
    Solver solver =
        switch (subject) {
          case BILEVEL -> BilevelSolver.of(workload.bilevel(differentiated), engine);
          case UMM -> BilevelSolver.of(workload.umm(differentiated), engine);
          default -> SingleLevelSolver.of(workload.training(augmented), engine);
        };
    tell(
        options.images() + (subject == Subject.SSL ? "" : ", " + differentiated.description()),
        ProfileBench.run(() -> solver.step(Feed.none()), workload.layers(), options.runs, engine),
        engine);
  }

  private void hypergradient(HypergradientProblem problem, TensorFlowEngine engine) {
    HypergradientWorkload workload = problem.workload(small);
    List<Candidate> named = workload.candidates(Set.of(only));
    if (named.size() != 1) {
      throw UsageError.in("--only")
          .because("\"%s\" is not the name of one estimator", only)
          .row("names", String.join(", ", HypergradientWorkload.names(List.of(workload))))
          .maybe("cg-10 was meant.");
    }
    Candidate candidate = Iterables.getOnlyElement(named);
    BilevelSolver solver = BilevelSolver.of(candidate.problem().apply(workload.solved()), engine);
    tell(
        workload.title() + ", " + candidate.name(),
        ProfileBench.run(
            () -> solver.hypergradient(Feed.none()), workload.layers(), options.runs, engine),
        engine);
  }

  private void tell(String what, ProfileBench bench, TensorFlowEngine engine) {
    KernelProfile profile = bench.profile();
    String step = Ascii.toLowerCase(subject.name());
    print(Machine.description());
    print(
        "%s, %s; step %s: %s; %d runs; load %.1f",
        engine.device(),
        Ascii.toLowerCase(engine.precision().name()),
        step,
        what,
        options.runs,
        Machine.load());
    print(
        "peak: %.1f GFLOP/s of a matrix product, %.1f GB/s read and written by a copy%n",
        bench.peak().operations() / 1e9, bench.peak().bytes() / 1e9);
    print(profile.byKind(kinds));
    print("");
    print(profile.byLayer());
    print(
        "%nA step takes %.4f s (fastest %.4f): %,.0f kernels, %.1f %% of whose time are"
            + " convolutions; %.0f %% of the peak.",
        bench.wall().median(),
        bench.wall().fastest(),
        profile.all().kernels(),
        100 * profile.convolutions(),
        100 * bench.achieved());
    if (chart != null) {
      String title = step + ", " + Ascii.toLowerCase(engine.precision().name());
      unwritten.attempt(
          chart,
          () -> {
            Optional<String> failure =
                new StackedBars(title, "ms of kernels", profile.bars(7)).write(chart);
            failure.ifPresent(this::print);
          });
    }
  }
}
