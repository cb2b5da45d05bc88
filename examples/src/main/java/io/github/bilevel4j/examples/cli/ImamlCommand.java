package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.bilevel.FewShotRun;
import io.github.bilevel4j.examples.bilevel.FewShotRun.Errors;
import io.github.bilevel4j.examples.report.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bilevel imaml}. */
@Command(
    name = "imaml",
    description = "learns where to start on new tasks of few points (sines, as in MAML)")
final class ImamlCommand extends PrintingCommand {
  private static final int STEPS = 600;
  private static final EstimatorKind.Settings SETTINGS = EstimatorKind.Settings.of(10, 1e-3, 0.002);

  @Mixin private BilevelOptions options;

  @Option(
      names = "--shots",
      description = "points of a task to adapt to (default: ${DEFAULT-VALUE})")
  private int shots = 10;

  @Override
  public Integer call() {
    Require.in("--shots").atLeast(1, "value", shots);
    int steps = options.steps(STEPS);
    return Recording.of(this, options, recording -> learn(steps, recording));
  }

  private void learn(int steps, Recording recording) {
    Table table = Table.of("start", "error at the start", "after adapting");
    try (Engine engine = options.open()) {
      FewShotRun run = run(EstimatorKind.EXACT, steps, engine);
      table = row(table, "random", run, recording);
      recording.train(Recording.shown("pooled"), engine, run::pool);
      table = row(table, "trained on all tasks together", run, recording);
    }
    for (EstimatorKind kind : options.kinds(EstimatorKind.SAFEGUARDED_CG, EstimatorKind.EXACT)) {
      try (Engine engine = options.open()) {
        FewShotRun run = run(kind, steps, engine);
        print(run.problem());
        recording.train(Recording.shown(kind), engine, run::learn);
        table = row(table, "meta-learned, " + kind, run, recording);
      }
    }
    print(table);
  }

  private FewShotRun run(EstimatorKind kind, int steps, Engine engine) {
    return new FewShotRun(
        shots, steps, kind.estimator(options.settings(SETTINGS)), options.seed, engine);
  }

  private static Table row(Table table, String start, FewShotRun run, Recording recording) {
    Errors errors = recording.once(start, Errors.class, run::tried);
    return table.formatted("%s|%.3f|%.3f", start, errors.before(), errors.after());
  }
}
