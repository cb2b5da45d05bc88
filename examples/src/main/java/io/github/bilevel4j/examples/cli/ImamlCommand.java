package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.bilevel.FewShotRun;
import io.github.bilevel4j.examples.bilevel.FewShotRun.Errors;
import io.github.bilevel4j.examples.report.Table;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bilevel imaml}. */
@Command(
    name = "imaml",
    description = "learns where to start on new tasks of few points (sines, as in MAML)",
    mixinStandardHelpOptions = true)
final class ImamlCommand implements Callable<Integer> {
  private static final int STEPS = 600;
  private static final EstimatorKind.Settings SETTINGS = EstimatorKind.Settings.of(10, 1e-3, 0.002);

  @Spec private CommandSpec spec;

  @Mixin private BilevelOptions options;

  @Option(
      names = "--shots",
      defaultValue = "10",
      description = "points of a task to adapt to (default: ${DEFAULT-VALUE})")
  private int shots;

  @Override
  public Integer call() {
    Require.in("--shots").atLeast(1, "value", shots);
    int steps = options.steps(STEPS);
    PrintWriter out = spec.commandLine().getOut();
    Table table = Table.of("start", "error at the start", "after adapting");
    try (Recording recording = options.recording()) {
      try (Engine engine = options.open()) {
        FewShotRun run = run(EstimatorKind.EXACT, steps, engine);
        table = row(table, "random", run.tried());
        run.pool(recording.training("pooled"));
        table = row(table, "trained on all tasks together", run.tried());
      }
      for (EstimatorKind kind : options.kinds(EstimatorKind.SAFEGUARDED_CG, EstimatorKind.EXACT)) {
        try (Engine engine = options.open()) {
          FewShotRun run = run(kind, steps, engine);
          out.println(run.problem());
          out.flush();
          run.learn(recording.training(kind.toString()));
          table = row(table, "meta-learned, " + kind, run.tried());
        }
      }
      out.println(table);
      recording.finish(out);
    }
    return 0;
  }

  private FewShotRun run(EstimatorKind kind, int steps, Engine engine) {
    return new FewShotRun(
        shots, steps, kind.estimator(options.settings(SETTINGS)), options.seed(), engine);
  }

  private static Table row(Table table, String start, Errors errors) {
    return table.row(start, format(errors.before()), format(errors.after()));
  }

  private static String format(double error) {
    return String.format(Locale.ROOT, "%.3f", error);
  }
}
