package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.examples.bilevel.CleaningData;
import io.github.bilevel4j.examples.bilevel.CleaningRun;
import io.github.bilevel4j.examples.bilevel.DataCleaning;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code bilevel cleaning}. */
@Command(
    name = "cleaning",
    description = "learns a weight per training sample; half of their labels are wrong",
    mixinStandardHelpOptions = true)
final class CleaningCommand implements Callable<Integer> {
  private static final int STEPS = 60;
  private static final int INNER_STEPS = 30;
  private static final EstimatorKind.Settings SETTINGS = EstimatorKind.Settings.of(20, 1e-3, 4);

  @Spec private CommandSpec spec;

  @Mixin private BilevelOptions options;

  @Mixin private DataOption data;

  @Override
  public Integer call() {
    int steps = options.steps(STEPS);
    PrintWriter out = spec.commandLine().getOut();
    ImageDataset images = data.read();
    out.println("data  " + images.description());
    try (Recording recording = options.recording()) {
      for (EstimatorKind kind : options.kinds(EstimatorKind.CG)) {
        clean(images, kind, steps, recording, out);
      }
      recording.finish(out);
    }
    return 0;
  }

  private void clean(
      ImageDataset images, EstimatorKind kind, int steps, Recording recording, PrintWriter out) {
    HypergradientEstimator estimator = kind.estimator(options.settings(SETTINGS));
    try (Engine engine = options.open()) {
      DataCleaning cleaning = DataCleaning.of(CleaningData.of(images, options.seed(), engine));
      BilevelProblem problem = cleaning.problem(kind.innerSteps(INNER_STEPS), estimator);
      out.println(problem);
      out.flush();
      CleaningRun.Outcome outcome =
          CleaningRun.run(cleaning, problem, steps, recording.training(kind.toString()), engine);
      out.println(
          Table.of("training samples", "test accuracy %")
              .row("all, half of the labels wrong", percent(outcome.all()))
              .row("all, with learned weights", percent(outcome.learned()))
              .row("those with right labels only", percent(outcome.right())));
      out.printf(
          Locale.ROOT,
          "area under the ROC curve of right labels against wrong ones: %.3f%n",
          outcome.area());
      out.flush();
    }
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }
}
