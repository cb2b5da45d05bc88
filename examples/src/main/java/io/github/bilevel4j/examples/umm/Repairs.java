package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
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
import java.util.List;
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
    Variables phi = UmmTerms.theta(x.encoder(), x.recipe().method(), s);
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
  public static final class Learning {
    private final Pictures seen;
    private final ImageInput others;
    private final BilevelProblem problem;
    private final ImmutableMap<String, Expr> values;
    private final List<Update> start;

    private Learning(
        Pictures seen,
        ImageInput others,
        BilevelProblem problem,
        ImmutableMap<String, Expr> values,
        List<Update> start) {
      this.seen = seen;
      this.others = others;
      this.problem = problem;
      this.values = values;
      this.start = start;
    }

    /** In both levels. */
    public UmmTraining inTwoLevels() {
      return seen.training(problem, others).learning(values).startingWith(start);
    }

    /** Of the inner level alone, what is learned in the outer one staying as it begins. */
    public UmmTraining atRest() {
      return seen.training(
              SingleLevel.problem(problem.name() + ", at rest")
                  .over(problem.inner().variables())
                  .minimize(problem.inner().objective())
                  .steppedBy(problem.inner().optimizer())
                  .updating(problem.updates()))
          .startingWith(start);
    }
  }

  /**
   * {@link HeldOut}: the learned augmentation follows the views of the recipe, or those of the
   * settings' inner level; held-out pictures have those of the outer level.
   *
   * @param strength of the augmentations to begin with, between 0 and 1
   */
  public static Learning heldOut(
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
    BilevelProblem problem = HeldOut.problem(x.encoder(), views, heldOutViews, a, s);
    return new Learning(seen, others, problem, a.values(), List.of());
  }

  /**
   * {@link WeightedPictures}.
   *
   * @param deviation of the logarithms of the weights to begin with; zero for equal weights
   * @throws io.github.bilevel4j.check.UsageError if the method's loss is no mean over pictures
   */
  public static Learning pictureWeights(
      Experiment x,
      LabeledImages heldOut,
      double deviation,
      Function<RandomKey, UmmSettings> settings) {
    if (x.engine().replicas() > 1) {
      throw UsageError.in("weights of pictures")
          .because(
              "the loss of a replica's pictures is not told, and there are %d",
              x.engine().replicas())
          .maybe("one replica was meant.");
    }
    Pictures seen = Pictures.of(x);
    ImageInput others = x.otherImages("held-out images", heldOut);
    UmmSettings s = settings.apply(seen.draws());
    PictureWeights a = PictureWeights.drawn(x.data().pretraining().count(), deviation, x.seed());
    BilevelProblem problem =
        WeightedPictures.problem(
            x.encoder(),
            seen.views(s.innerViews()),
            seen.images().batch().indices(),
            seen.others(others, "held-out", s.outerViews()),
            a,
            s);
    return new Learning(seen, others, problem, a.values(), List.of());
  }

  /**
   * {@link Proximal} about the weights with which it begins.
   *
   * @param weight of each stage to begin with, greater than zero
   */
  public static Learning proximal(
      Experiment x,
      LabeledImages heldOut,
      double weight,
      Function<RandomKey, UmmSettings> settings) {
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
    return new Learning(seen, others, problem, weights.values(), Update.of(center, start.vector()));
  }
}
