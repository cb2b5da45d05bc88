package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.examples.umm.Repairs;
import io.github.bilevel4j.examples.umm.UmmControl;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.RandomKey;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How UMM is trained: as the paper proposes it, or in one of the ways that it compares; or a repair
 * beyond it.
 */
enum UmmMode {
  /** Two levels, on an encoder that was pre-trained. */
  BILEVEL,
  /** A self-supervised step and a UMM step in turn, from the beginning. */
  JOINT,
  /** All terms at once, on an encoder that was pre-trained. */
  SINGLE_LEVEL,
  /** Two levels, with the inner solution as the result. */
  INNER_SOLUTION,
  /** What governs memorization, learned by held-out images. */
  HELD_OUT,
  /** How near to its weights each stage stays, learned by held-out images. */
  PROXIMAL,
  /** How much each picture counts, learned by held-out images. */
  PICTURE_WEIGHTS;

  /** What the strengths of the augmentations begin with, and what a grid tries. */
  private static final double STRENGTH = 0.1;

  private static final List<Double> STRENGTHS = List.of(0.1, 0.3, 0.6, 0.9);

  /** What the weights of the proximal term begin with, and what a grid tries. */
  private static final double NEAR = 0.01;

  private static final List<Double> NEARS = List.of(0.001, 0.01, 0.1, 1.0);

  /** Deviations of the logarithms of pictures' weights that are drawn and stay. */
  private static final List<Double> DEVIATIONS = List.of(0.5, 1.0);

  /**
   * What a training is made of.
   *
   * @param heldOut images on which the experiment does not train, where the mode needs them
   */
  record Site(
      Experiment experiment,
      Optional<LabeledImages> heldOut,
      Function<RandomKey, UmmSettings> settings) {
    private UmmTraining control(UmmControl control) {
      return control.training(experiment, settings);
    }

    private Repairs.Learning heldOutLearning(double strength) {
      return Repairs.heldOut(experiment, heldOut.orElseThrow(), strength, settings);
    }

    private Repairs.Learning proximalLearning(double weight) {
      return Repairs.proximal(experiment, heldOut.orElseThrow(), weight, settings);
    }

    private Repairs.Learning pictureLearning(double deviation) {
      return Repairs.pictureWeights(experiment, heldOut.orElseThrow(), deviation, settings);
    }

    private Site with(Function<UmmSettings, UmmSettings> change) {
      return new Site(experiment, heldOut, settings.andThen(change));
    }
  }

  /** The training of an experiment's encoder. */
  UmmTraining training(Site site) {
    Experiment x = site.experiment;
    return switch (this) {
      case BILEVEL -> UmmTraining.bilevel(x, site.settings);
      case JOINT -> UmmTraining.joint(x, site.settings);
      case SINGLE_LEVEL -> UmmTraining.singleLevel(x, site.settings);
      case INNER_SOLUTION -> Repairs.innerSolution(x, site.settings);
      case HELD_OUT -> site.heldOutLearning(STRENGTH).inTwoLevels();
      case PROXIMAL -> site.proximalLearning(NEAR).inTwoLevels();
      case PICTURE_WEIGHTS -> site.pictureLearning(0).inTwoLevels();
    };
  }

  /** The trainings that it has to be better than, by name. */
  ImmutableMap<String, Supplier<UmmTraining>> controls(Site site) {
    ImmutableMap.Builder<String, Supplier<UmmTraining>> controls = ImmutableMap.builder();
    for (UmmControl control : UmmControl.values()) {
      if (this == BILEVEL || control.isPlain()) {
        controls.put(control.toString(), () -> site.control(control));
      }
    }
    switch (this) {
      case INNER_SOLUTION -> {
        controls.put("alpha-0", () -> training(site.with(s -> s.alpha(0))));
        controls.put("beta-0", () -> training(site.with(s -> s.beta(0))));
        controls.put("single-level", () -> site.control(UmmControl.SINGLE_LEVEL));
      }
      case HELD_OUT ->
          STRENGTHS.forEach(
              strength ->
                  controls.put(
                      "strength-" + strength, () -> site.heldOutLearning(strength).atRest()));
      case PROXIMAL ->
          NEARS.forEach(
              weight ->
                  controls.put("near-" + weight, () -> site.proximalLearning(weight).atRest()));
      case PICTURE_WEIGHTS ->
          DEVIATIONS.forEach(
              deviation ->
                  controls.put(
                      "drawn-" + deviation, () -> site.pictureLearning(deviation).atRest()));
      default -> {}
    }
    return controls.buildOrThrow();
  }

  /** Whether it learns from images that were held out. */
  boolean needsHeldOut() {
    return this == HELD_OUT || this == PROXIMAL || this == PICTURE_WEIGHTS;
  }

  /** The steps of the optimizer of the encoder's weights, of so many outer steps. */
  int deployedSteps(int outerSteps, int innerSteps) {
    return needsHeldOut() ? outerSteps * innerSteps : outerSteps;
  }

  /** The estimator of the hypergradient if none is chosen. */
  EstimatorKind estimator() {
    if (needsHeldOut()) {
      return EstimatorKind.T1_T2;
    }
    return this == INNER_SOLUTION ? EstimatorKind.SAFEGUARDED_CG : EstimatorKind.EXACT;
  }

  /** What the phase of a run is called in its records. */
  String phase() {
    return this == BILEVEL ? "umm" : toString();
  }

  /** What the features are called with which it begins. */
  String before(boolean loaded) {
    if (this == JOINT) {
      return loaded ? "loaded" : "initial";
    }
    return "before";
  }

  /** What the features are called with which it ends. */
  String after() {
    return this == BILEVEL ? "after" : toString();
  }

  /** The name on the command line, for instance {@code single-level}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
