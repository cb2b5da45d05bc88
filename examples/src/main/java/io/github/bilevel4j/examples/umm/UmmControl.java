package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.RandomKey;
import java.util.Locale;
import java.util.Optional;
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
      return UmmTraining.singleLevel(x, draws -> plain(settings.apply(draws)));
    }
  },
  /** The same with stronger views: what ordinary training does with other augmentations. */
  STRONG_VIEWS {
    @Override
    public UmmTraining training(Experiment x, Function<RandomKey, UmmSettings> settings) {
      return UmmTraining.singleLevel(
          x, draws -> plain(settings.apply(draws)).outerViews(Optional.of(strongViews(x))));
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

  /**
   * The recipe's views with the first two as in {@link Augmentations#htdt}; smaller ones of more
   * than two stay.
   */
  public static Views strongViews(Experiment x) {
    Views strong = Augmentations.htdt(x.data().pretraining().height());
    ImmutableList<Augmentation> own = x.recipe().views().each();
    return new Views(
        ImmutableList.<Augmentation>builder()
            .addAll(strong.each())
            .addAll(own.subList(2, own.size()))
            .build());
  }

  /** The self-supervised loss of the recipe's views alone. */
  private static UmmSettings plain(UmmSettings settings) {
    return settings.alpha(0).beta(0).outerViews(Optional.empty());
  }

  /** The training of an experiment's encoder, with UMM's settings but for what it leaves out. */
  public abstract UmmTraining training(Experiment x, Function<RandomKey, UmmSettings> settings);

  /** Whether it has none of UMM's terms. */
  public boolean isPlain() {
    return this == SSL_STEPS || this == STRONG_VIEWS;
  }

  /** The name, for instance {@code ssl-steps}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
