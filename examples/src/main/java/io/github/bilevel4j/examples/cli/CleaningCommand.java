package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.examples.bilevel.CleaningData;
import io.github.bilevel4j.examples.bilevel.CleaningRun;
import io.github.bilevel4j.examples.bilevel.DataCleaning;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bilevel cleaning}. */
@Command(
    name = "cleaning",
    description = "learns a weight per training sample; half of their labels are wrong")
final class CleaningCommand extends PrintingCommand {
  private static final int STEPS = 60;
  private static final int INNER_STEPS = 30;
  private static final EstimatorKind.Settings SETTINGS = EstimatorKind.Settings.of(20, 1e-3, 4);

  @Mixin private BilevelOptions options;

  @Mixin private DataOption data;

  @Override
  public Integer call() {
    int steps = options.steps(STEPS);
    ImageDataset images = data.read();
    print("data  " + images.description());
    return Recording.of(
        this,
        options,
        recording -> {
          for (EstimatorKind kind : options.kinds(EstimatorKind.CG)) {
            clean(images, kind, steps, recording);
          }
        });
  }

  private void clean(ImageDataset images, EstimatorKind kind, int steps, Recording recording) {
    HypergradientEstimator estimator = kind.estimator(options.settings(SETTINGS));
    try (Engine engine = options.open()) {
      DataCleaning cleaning = DataCleaning.of(CleaningData.of(images, options.seed, engine));
      BilevelProblem problem = cleaning.problem(kind.innerSteps(INNER_STEPS), estimator);
      print(problem);
      CleaningRun run = new CleaningRun(cleaning, problem, engine);
      CleaningRun.Baselines baselines =
          recording.once(kind + " baselines", CleaningRun.Baselines.class, run::baselines);
      recording.train(Recording.shown(kind), engine, training -> run.clean(steps, training));
      CleaningRun.Outcome outcome =
          recording.once(kind.toString(), CleaningRun.Outcome.class, () -> run.outcome(baselines));
      print(
          Table.of("training samples", "test accuracy %")
              .formatted("all, half of the labels wrong|%.1f", 100 * outcome.all())
              .formatted("all, with learned weights|%.1f", 100 * outcome.learned())
              .formatted("those with right labels only|%.1f", 100 * outcome.right()));
      print("area under the ROC curve of right labels against wrong ones: %.3f", outcome.area());
    }
  }
}
