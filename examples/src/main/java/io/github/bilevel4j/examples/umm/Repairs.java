package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ImageInput;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.Optional;
import java.util.function.Function;

/**
 * Bi-level repairs of memorization beyond UMM, of an experiment's encoder that was pre-trained. The
 * encoder's own weights are the inner variables; they are trained with the batches, views and
 * optimizer of UMM's outer level.
 */
public final class Repairs {
  private Repairs() {}

  /** {@link InnerSolution}. */
  public static UmmTraining innerSolution(Experiment x, Function<RandomKey, UmmSettings> settings) {
    Pictures outer = Pictures.of(x);
    ImageInput inner = x.images("inner images", 1);
    UmmSettings s = settings.apply(outer.draws());
    Variables phi = UmmTerms.theta(x.encoder(), s);
    Variables theta = phi.copy("anchor");
    BilevelProblem problem =
        InnerSolution.problem(
            x.encoder(),
            theta,
            outer.others(inner, "inner", s.innerViews()),
            outer.views(s.outerViews()),
            s);
    return outer.training(problem, inner).startingWith(Update.of(theta, phi.vector()));
  }

  /** A training whose inner level learns from seen pictures and whose outer one from others. */
  private record Learning(
      Pictures seen, ImageInput others, BilevelProblem problem, ImmutableMap<String, Expr> values) {

    UmmTraining inTwoLevels() {
      return seen.training(problem, others).learning(values);
    }

    /** Of the inner level alone, what is learned staying as it begins. */
    UmmTraining atRest() {
      return seen.training(
          SingleLevel.problem(problem.name() + ", at rest")
              .over(problem.inner().variables())
              .minimize(problem.inner().objective())
              .steppedBy(problem.inner().optimizer())
              .updating(problem.updates()));
    }
  }

  /**
   * {@link HeldOut}: the learned augmentation follows the views of the recipe, or those of the
   * settings' inner level; held-out pictures have those of the outer level.
   *
   * @param strength of the augmentations to begin with, between 0 and 1
   */
  public static UmmTraining heldOut(
      Experiment x,
      LabeledImages heldOut,
      double strength,
      Function<RandomKey, UmmSettings> settings) {
    return heldOutLearning(x, heldOut, strength, settings).inTwoLevels();
  }

  /** The inner level of {@link #heldOut} alone, what is learned there staying as it begins. */
  public static UmmTraining heldOutAtRest(
      Experiment x,
      LabeledImages heldOut,
      double strength,
      Function<RandomKey, UmmSettings> settings) {
    return heldOutLearning(x, heldOut, strength, settings).atRest();
  }

  private static Learning heldOutLearning(
      Experiment x,
      LabeledImages heldOut,
      double strength,
      Function<RandomKey, UmmSettings> settings) {
    Pictures seen = Pictures.of(x);
    ImageInput others = x.otherImages("held-out images", heldOut);
    UmmSettings s = settings.apply(seen.draws());
    Hyperparameters a = Hyperparameters.ofStrength(strength, x.encoder().last(s.earlyStage()));
    Views own = s.innerViews().orElse(x.recipe().views());
    ViewBatch views = seen.views(Optional.of(a.augmentation().after(own)));
    ViewBatch heldOutViews = seen.others(others, "held-out", s.outerViews());
    return new Learning(
        seen, others, HeldOut.problem(x.encoder(), views, heldOutViews, a, s), a.values());
  }

  /**
   * {@link Proximal} about the weights with which it begins.
   *
   * @param weight of each stage to begin with, greater than zero
   */
  public static UmmTraining proximal(
      Experiment x,
      LabeledImages heldOut,
      double weight,
      Function<RandomKey, UmmSettings> settings) {
    return about(x, heldOut, weight, settings, Learning::inTwoLevels);
  }

  /** The inner level of {@link #proximal} alone, with weights that stay as they begin. */
  public static UmmTraining proximalAtRest(
      Experiment x,
      LabeledImages heldOut,
      double weight,
      Function<RandomKey, UmmSettings> settings) {
    return about(x, heldOut, weight, settings, Learning::atRest);
  }

  private static UmmTraining about(
      Experiment x,
      LabeledImages heldOut,
      double weight,
      Function<RandomKey, UmmSettings> settings,
      Function<Learning, UmmTraining> way) {
    Pictures seen = Pictures.of(x);
    ImageInput others = x.otherImages("held-out images", heldOut);
    UmmSettings s = settings.apply(seen.draws());
    Encoder later = x.encoder().last(s.earlyStage());
    StageWeights weights = StageWeights.of("near", later, weight);
    Variables start = later.parameters();
    Variables center = start.copy("center");
    BilevelProblem problem =
        Proximal.problem(
            x.encoder(),
            seen.views(s.innerViews()),
            seen.others(others, "held-out", s.outerViews()),
            center.vector(),
            weights,
            s);
    return way.apply(new Learning(seen, others, problem, weights.values()))
        .startingWith(Update.of(center, start.vector()));
  }
}
