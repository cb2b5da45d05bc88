package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.data.Batches;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/**
 * How much of the classes a linear classifier and the nearest neighbors find in the features of a
 * layer, such that layers of different width and scale can be compared. Features are standardized
 * by the train part (deviations of at least 1e-6, since units may be dead). The probe is {@link
 * LinearProbe#newton()}, which ends in the minimum whatever the features' scale: there is no
 * learning rate to choose. What still favors some layers over others is the weight decay, which is
 * therefore chosen for each layer, among 1, 0.1, 0.01, 1e-3 and 1e-4, by the accuracy on a tenth of
 * the train part that is held out by class and seed; of equally good ones the largest. Then the
 * classifier is fitted to the whole train part. {@link #choice} sees no test part, so that what is
 * chosen by its accuracy, a layer too, is not biased upwards.
 *
 * <p>Source of the comparison: Bordes, Balestriero, Garrido, Bardes, Vincent, "Guillotine
 * Regularization", 2023.
 */
public final class LayerProbe {
  /** The neighbors that vote. */
  public static final int NEIGHBORS = 5;

  private static final double[] WEIGHT_DECAYS = {1, 0.1, 0.01, 1e-3, 1e-4};
  private static final int MOST_FOR_RANK = 2000;
  private static final long SEED = 0;

  private final Supplier<Engine> engines;

  private LayerProbe(Supplier<Engine> engines) {
    this.engines = engines;
  }

  /**
   * A probe.
   *
   * @param engines makes one for each fit, which keeps its data until it is closed
   */
  public static LayerProbe on(Supplier<Engine> engines) {
    return new LayerProbe(engines);
  }

  /**
   * What was chosen without a test part.
   *
   * @param weightDecay of the classifier
   * @param accuracy on the part held out, in per cent
   */
  public record Choice(double weightDecay, double accuracy) {}

  /**
   * What was found on a test part, in per cent.
   *
   * @param top1 of the linear classifier
   * @param top5 the share whose class is among the five largest logits; none of fewer than six
   *     classes
   * @param neighbors of the five nearest neighbors
   */
  public record Accuracies(double top1, OptionalDouble top5, double neighbors) {}

  /**
   * The rows of the train part that are held out.
   *
   * @throws IllegalArgumentException if no class has two samples
   */
  public static int[] heldOut(Features train) {
    return Ints.toArray(HeldOut.Positions.of(train, SEED).heldOut());
  }

  /**
   * Chooses the weight decay.
   *
   * @throws IllegalArgumentException if no class has two samples
   */
  public Choice choice(Features train) {
    return choice(train, HeldOut.of(train, SEED).heldOut());
  }

  /**
   * Chooses the weight decay for test samples that differ from train samples.
   *
   * @param heldOut the samples of {@link #heldOut(Features)} changed as those of the test part are
   * @throws IllegalArgumentException if no class has two samples, or the parts differ in dimension
   *     or classes
   */
  public Choice choice(Features train, Features heldOut) {
    Features kept = HeldOut.of(train, SEED).kept();
    Choice best = new Choice(Double.NaN, -1);
    for (double weightDecay : WEIGHT_DECAYS) {
      double accuracy = fit(weightDecay, kept, heldOut).testAccuracy();
      if (accuracy > best.accuracy()) {
        best = new Choice(weightDecay, accuracy);
      }
    }
    return best;
  }

  /**
   * Judges the features of a test part with what was chosen.
   *
   * @throws IllegalArgumentException if the parts differ in dimension or classes, or there are
   *     fewer train samples than neighbors
   */
  public Accuracies accuracies(Choice choice, Features train, Features test) {
    LinearProbe.Outcome outcome = fit(choice.weightDecay(), train, test);
    try (Engine engine = engines.get()) {
      return new Accuracies(
          outcome.testAccuracy(),
          outcome.testTop5(),
          NearestNeighbors.k(NEIGHBORS).euclidean().accuracy(engine, train, test));
    }
  }

  private LinearProbe.Outcome fit(double weightDecay, Features train, Features test) {
    try (Engine engine = engines.get()) {
      return LinearProbe.newton().weightDecay(weightDecay).fit(engine, train, test);
    }
  }

  /** RankMe of features, of more than 2,000 samples of as many that are drawn. */
  public static double rankMe(Features features) {
    int[] order = new Batches(features.count(), 1, SEED).order(0);
    return LabelFreeMetrics.rankMe(
        features
            .take(
                Arrays.stream(order)
                    .limit(MOST_FOR_RANK)
                    .boxed()
                    .collect(ImmutableList.toImmutableList()))
            .matrix());
  }
}
