package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.umm.EmbeddingRate;
import io.github.bilevel4j.examples.umm.FeatureDensity;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.HypergradientEstimator;
import picocli.CommandLine.Option;

/** What UMM leaves open, on the command line. */
final class UmmOptions {
  /** The options that concern the inner level and the derivative through it. */
  static final ImmutableList<String> INNER =
      ImmutableList.of(
          "--estimator",
          "--cg-steps",
          "--cg-tolerance",
          "--damping",
          "--inner-rate",
          "--inner-steps");

  /** The options that concern UMM's own terms. */
  static final ImmutableList<String> TERMS =
      ImmutableList.of(
          "--move-heads",
          "--alpha",
          "--beta",
          "--density",
          "--directions",
          "--coding-rate",
          "--membership-temperature",
          "--epsilon-squared");

  /** The densities by name. */
  enum DensityKind {
    GRADIENT,
    PROJECTED,
    JACOBIAN
  }

  /** The coding-rate reductions by name. */
  enum RateKind {
    PAIRS,
    INSTANCES
  }

  @Option(
      names = "--early",
      paramLabel = "STAGE",
      description = "the last stage of the frozen early layers (default: ${DEFAULT-VALUE})")
  String early = "layer1";

  @Option(
      names = "--move-heads",
      description =
          "train the method's heads with the layers after the early stage, in UMM and its"
              + " controls; else they stay as they are")
  boolean movesHeads;

  @Option(
      names = "--estimator",
      description =
          "of the hypergradient: exact (Eq. 8), cg (implicit, Eq. 9) or another, see list"
              + " (default: ${DEFAULT-VALUE}; with --mode inner-solution safeguarded-cg, with held-out,"
              + " proximal and picture-weights t1-t2)")
  EstimatorKind estimator = EstimatorKind.EXACT;

  @Option(
      names = "--cg-steps",
      description = "iterations of the estimator's solver (default: ${DEFAULT-VALUE})")
  int cgSteps = 10;

  @Option(
      names = "--cg-tolerance",
      defaultValue = "0.0001",
      description = "relative residual at which it stops (default: ${DEFAULT-VALUE})")
  double cgTolerance;

  @Option(
      names = "--damping",
      defaultValue = "0",
      description = "added to the inner Hessian's diagonal (default: ${DEFAULT-VALUE})")
  double damping;

  @Option(
      names = "--alpha",
      defaultValue = "0.01",
      description =
          "weight of the coding-rate reduction; 0 leaves it out, an ablation of the paper (default:"
              + " ${DEFAULT-VALUE})")
  double alpha;

  @Option(
      names = "--beta",
      defaultValue = "1",
      description =
          "weight of the JS divergence; 0 leaves it out, an ablation of the paper (default:"
              + " ${DEFAULT-VALUE})")
  double beta;

  @Option(
      names = "--constraint-weight",
      defaultValue = "1",
      description =
          "of the constraint part of the self-supervised loss, in both levels (default:"
              + " ${DEFAULT-VALUE})")
  double constraintWeight;

  @Option(
      names = "--inner-rate",
      defaultValue = "0.05",
      description = "rate of the inner steps (default: ${DEFAULT-VALUE})")
  double rate;

  @Option(
      names = "--inner-steps",
      description = "number of inner steps (default: ${DEFAULT-VALUE})")
  int steps = 1;

  @Option(
      names = "--outer-rate",
      defaultValue = "0.0003",
      description =
          "rate of the outer Adam steps, which falls to zero along a cosine (default:"
              + " ${DEFAULT-VALUE})")
  double outerRate;

  @Option(
      names = "--density",
      defaultValue = "gradient",
      description =
          "of the last features, by the gradient's norm (as in the published program), the"
              + " projected or the whole jacobian (default: ${DEFAULT-VALUE})")
  DensityKind density;

  @Option(
      names = "--directions",
      description = "directions of --density projected (default: ${DEFAULT-VALUE})")
  int directions = 4;

  @Option(
      names = "--coding-rate",
      defaultValue = "pairs",
      description =
          "classes of the coding-rate reduction: pairs of views (closed form) or soft instances (as"
              + " in the paper's text; slow) (default: ${DEFAULT-VALUE})")
  RateKind codingRate;

  @Option(
      names = "--membership-temperature",
      defaultValue = "1",
      description = "of the soft instances of --coding-rate (default: ${DEFAULT-VALUE})")
  double membershipTemperature;

  @Option(
      names = "--epsilon-squared",
      defaultValue = "0.5",
      description = "squared precision of the coding rate (default: ${DEFAULT-VALUE})")
  double epsilonSquared;

  UmmSettings settings(RandomKey randomness, int outerSteps) {
    Require.in("--outer-rate").positive("value", outerRate);
    return UmmSettings.after(early)
        .headsMove(movesHeads)
        .alpha(alpha)
        .beta(beta)
        .constraintWeight(constraintWeight)
        .rate(rate)
        .steps(steps)
        .optimizer(Adam.rate(Schedule.cosine(outerRate, 0, outerSteps)))
        .estimator(estimator())
        .density(density(randomness))
        .codingRate(
            codingRate == RateKind.PAIRS
                ? EmbeddingRate.pairs(epsilonSquared)
                : EmbeddingRate.instances(epsilonSquared, membershipTemperature));
  }

  /** Which terms are left out, for instance {@code ", beta 0"}; empty if none is. */
  String ablation() {
    return (alpha == 0 ? ", alpha 0" : "") + (beta == 0 ? ", beta 0" : "");
  }

  private HypergradientEstimator estimator() {
    return estimator.estimator(new EstimatorKind.Settings(cgSteps, cgTolerance, damping, rate));
  }

  private FeatureDensity density(RandomKey randomness) {
    return switch (density) {
      case GRADIENT -> FeatureDensity.gradientNorm();
      case PROJECTED -> FeatureDensity.projected(directions, randomness.foldIn("directions"));
      case JACOBIAN -> FeatureDensity.jacobian();
    };
  }
}
