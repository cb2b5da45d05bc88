package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.RandomKey;
import java.util.Locale;
import java.util.function.Function;

/**
 * A training that UMM is to be compared with: from the same weights, of the same layers, with the
 * batches, views and optimizer of its outer level, and as many steps. What UMM does better than all
 * of them is its own; the paper (arXiv 2410.00772) compares with the weights before alone.
 */
public enum UmmControl {
  /** Ordinary self-supervised steps: what going on with the training does by itself. */
  SSL_STEPS {
    @Override
    public UmmTraining training(Experiment x, Function<RandomKey, UmmSettings> settings) {
      return UmmTraining.singleLevel(x, draws -> settings.apply(draws).alpha(0).beta(0));
    }
  },
  /** Both levels, without the coding-rate reduction. */
  ALPHA_0 {
    @Override
    public UmmTraining training(Experiment x, Function<RandomKey, UmmSettings> settings) {
      return UmmTraining.bilevel(x, draws -> settings.apply(draws).alpha(0));
    }
  },
  /** Both levels, without the Jensen-Shannon divergence. */
  BETA_0 {
    @Override
    public UmmTraining training(Experiment x, Function<RandomKey, UmmSettings> settings) {
      return UmmTraining.bilevel(x, draws -> settings.apply(draws).beta(0));
    }
  },
  /** All terms in one level. */
  SINGLE_LEVEL {
    @Override
    public UmmTraining training(Experiment x, Function<RandomKey, UmmSettings> settings) {
      return UmmTraining.singleLevel(x, settings);
    }
  };

  /** The training of an experiment's encoder, with UMM's settings but for what it leaves out. */
  public abstract UmmTraining training(Experiment x, Function<RandomKey, UmmSettings> settings);

  /** The name, for instance {@code ssl-steps}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
