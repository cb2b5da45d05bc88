package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ImageInput;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import java.util.Optional;

/**
 * The batches by which weights are trained further: those of UMM's outer level, in the same order
 * and with the same draws in all trainings that are compared.
 */
record Pictures(Experiment x, ImageInput images, Expr counter) {
  static Pictures of(Experiment x) {
    return new Pictures(x, x.images("outer images", 2), Experiment.counter("umm/counter"));
  }

  /** The random numbers of a step. */
  RandomKey draws() {
    return x.draws(counter);
  }

  /** Their views; empty for those of the method's recipe. */
  ViewBatch views(Optional<Views> views) {
    return others(images, "outer", views);
  }

  /** The views of other images. */
  ViewBatch others(ImageInput others, String stream, Optional<Views> views) {
    return x.views(others, counter, stream, views.orElse(x.recipe().views()));
  }

  TrainingTask task(BilevelProblem problem, ImageInput others) {
    return TrainingTask.of(
        problem.updating(counting()), x.engine(), ImmutableList.of(others, images));
  }

  UmmTraining training(BilevelProblem problem, ImageInput others) {
    return UmmTraining.afterPretraining(x, task(problem, others));
  }

  UmmTraining training(SingleLevelProblem problem) {
    return UmmTraining.afterPretraining(
        x, TrainingTask.of(problem.updating(counting()), x.engine(), ImmutableList.of(images)));
  }

  private List<Update> counting() {
    return List.of(Experiment.counted(counter), Experiment.counted(x.step()));
  }
}
