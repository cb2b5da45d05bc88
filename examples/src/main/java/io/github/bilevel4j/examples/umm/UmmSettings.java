package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.solver.estimator.Unrolled;
import java.util.Optional;
import org.immutables.value.Value;

/** What UMM leaves open. */
@Value.Immutable
@Settings
public abstract class UmmSettings {
  UmmSettings() {}

  /** The defaults, for an encoder whose early part ends with the given stage. */
  public static UmmSettings after(String earlyStage) {
    return ImmutableUmmSettings.of(earlyStage);
  }

  /** The stage with which the frozen early part ends. */
  @Value.Parameter
  public abstract String earlyStage();

  /**
   * Whether the method's heads move with the layers after the early stage, in both levels; else
   * they stay as pre-training has left them.
   */
  @Value.Default
  public boolean headsMove() {
    return false;
  }

  /** The weight of the coding-rate reduction in the outer objective. */
  @Value.Default
  public double alpha() {
    return 0.01;
  }

  /** The weight of the Jensen-Shannon divergence in the inner objective. */
  @Value.Default
  public double beta() {
    return 1;
  }

  /**
   * What the constraint part of the self-supervised loss is multiplied by, in both levels; only for
   * methods whose constraint is a term.
   */
  @Value.Default
  public double constraintWeight() {
    return 1;
  }

  /** The rate of the inner steps. */
  @Value.Default
  public double rate() {
    return 0.05;
  }

  /** The number of inner steps. */
  @Value.Default
  public int steps() {
    return 1;
  }

  /** The density of the last features. */
  @Value.Default
  public FeatureDensity density() {
    return FeatureDensity.gradientNorm();
  }

  /**
   * The coding-rate reduction of the embeddings, by default of pairs with a squared epsilon of 0.5.
   * Pairs are what the published program has, and have a closed form; the soft memberships of the
   * paper's text, {@link EmbeddingRate#instances}, take 2n Cholesky factorizations of n images. The
   * paper found epsilons from 0.1 to 0.9 to matter little and does not tell its own; its program
   * has a squared epsilon of 0.1.
   */
  @Value.Default
  public EmbeddingRate codingRate() {
    return EmbeddingRate.pairs(0.5);
  }

  /** The hypergradient's estimator; the default is Eq. 8 itself. */
  @Value.Default
  public HypergradientEstimator estimator() {
    return Unrolled.exact();
  }

  /** The optimizer of the outer steps. */
  @Value.Default
  public Optimizer optimizer() {
    return Adam.rate(3e-4);
  }

  /**
   * The optimizer of what is learned beside weights: {@link HeldOut}, {@link Proximal}, {@link
   * WeightedPictures}.
   */
  @Value.Default
  public Optimizer hyperOptimizer() {
    return learning(0.05);
  }

  /**
   * Adam for what is learned beside weights: with an epsilon so small that a hypergradient far
   * below 1e-8, as that of a weight decay is, counts.
   */
  public static Optimizer learning(double rate) {
    return Adam.rate(rate).epsilon(1e-15);
  }

  /** Views of the inner level's pictures, if not those of the method's recipe. */
  public abstract Optional<Views> innerViews();

  /** Views of the outer level's pictures, if not those of the method's recipe. */
  public abstract Optional<Views> outerViews();

  /** With heads that move, or that stay. */
  public abstract UmmSettings headsMove(boolean move);

  /** With another weight of the coding-rate reduction; zero leaves it out. */
  public abstract UmmSettings alpha(double alpha);

  /** With another weight of the Jensen-Shannon divergence; zero leaves it out. */
  public abstract UmmSettings beta(double beta);

  /** With another weight of the constraint part of the self-supervised loss. */
  public abstract UmmSettings constraintWeight(double weight);

  /** With another rate of the inner steps. */
  public abstract UmmSettings rate(double rate);

  /** With another number of inner steps. */
  public abstract UmmSettings steps(int steps);

  /** With another density. */
  public abstract UmmSettings density(FeatureDensity density);

  /** With another coding-rate reduction. */
  public abstract UmmSettings codingRate(EmbeddingRate codingRate);

  /** With another estimator. */
  public abstract UmmSettings estimator(HypergradientEstimator estimator);

  /** With another outer optimizer. */
  public abstract UmmSettings optimizer(Optimizer optimizer);

  /** With another optimizer of what is learned beside weights. */
  public abstract UmmSettings hyperOptimizer(Optimizer optimizer);

  /** With other views in the inner level; empty for those of the method's recipe. */
  public abstract UmmSettings innerViews(Optional<? extends Views> views);

  /** With other views in the outer level; empty for those of the method's recipe. */
  public abstract UmmSettings outerViews(Optional<? extends Views> views);

  @Value.Check
  void check() {
    Require.in("UMM")
        .notNegative("alpha", alpha())
        .notNegative("beta", beta())
        .notNegative("weight of the constraint", constraintWeight())
        .positive("rate of the inner steps", rate());
  }
}
