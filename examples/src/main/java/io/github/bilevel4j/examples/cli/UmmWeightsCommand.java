package io.github.bilevel4j.examples.cli;

import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.ProceduralImages;
import io.github.bilevel4j.examples.bilevel.UmmWeightsRun;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.problem.BilevelProblem;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bilevel umm-weights}. */
@Command(
    name = "umm-weights",
    description = "learns alpha and beta of UMM by a third level, on a tiny problem")
final class UmmWeightsCommand extends PrintingCommand {
  private static final int STEPS = 20;
  private static final int UMM_STEPS = 3;
  private static final EstimatorKind.Settings SETTINGS = EstimatorKind.Settings.of(10, 1e-3, 0.05);

  @Mixin private BilevelOptions options;

  @Option(names = "--batch", description = "images that UMM sees (default: ${DEFAULT-VALUE})")
  private int batch = 32;

  @Option(names = "--pretrain", description = "steps of SimCLR before (default: ${DEFAULT-VALUE})")
  private int pretrainSteps = 60;

  @Override
  public Integer call() {
    Require.in("--pretrain").atLeast(1, "value", pretrainSteps);
    int steps = options.steps(STEPS);
    ImageDataset images = ProceduralImages.shapes(500, 100, options.seed);
    return Recording.of(this, options, recording -> learn(images, steps, recording));
  }

  private void learn(ImageDataset images, int steps, Recording recording) {
    Table table = Table.of("estimator", "alpha", "beta", "loss at 0.01 and 1", "loss at these");
    for (EstimatorKind kind : options.kinds(EstimatorKind.EXACT)) {
      try (Engine engine = options.open(Precision.FLOAT32)) {
        UmmWeightsRun run = new UmmWeightsRun(images, batch, options.seed, engine);
        BilevelProblem problem = run.problem(UMM_STEPS, kind.estimator(options.settings(SETTINGS)));
        print(problem);
        recording.train(
            Recording.shown("pretrain"), engine, training -> run.pretrain(pretrainSteps, training));
        List<Double> losses = new ArrayList<>();
        recording.train(
            Recording.shown(kind),
            engine,
            training -> run.learn(problem, steps, training),
            (step, measured) -> losses.add(measured.get("outer/neighbors")));
        UmmWeightsRun.Weights learned =
            recording.once(kind.toString(), UmmWeightsRun.Weights.class, run::learned);
        table =
            table.formatted(
                "%s|%.4f|%.3f|%.5f|%.5f",
                kind, learned.alpha(), learned.beta(), losses.get(0), Iterables.getLast(losses));
      }
    }
    print(table);
  }
}
