package io.github.bilevel4j.experiment;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.eval.CodingRateReduction;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.NearestNeighbors;

/**
 * How good frozen features are.
 *
 * @param linear test accuracy of a linear probe at its minimum, in per cent
 * @param neighbors test accuracy of the five nearest neighbors, in per cent
 * @param reduction coding-rate reduction of the train part by classes, in nats
 */
public record Scores(double linear, double neighbors, double reduction) {
  private static final int NEIGHBORS = 5;

  /**
   * Fails if features of so few images could not be evaluated after a training.
   *
   * @throws UsageError if there are fewer than the neighbors that vote
   */
  static void requireEnough(LabeledImages train) {
    if (train.count() < NEIGHBORS) {
      throw UsageError.in("evaluation")
          .because(
              "the %d nearest neighbors vote, but the train part has %d images",
              NEIGHBORS, train.count())
          .maybe("the folder of another part was meant, or the images are still to be added.");
    }
  }

  /** Evaluates features; always with the same settings. */
  public static Scores of(Engine engine, Features train, Features test) {
    return of(linear(engine, train, test), engine, train, test);
  }

  /** The linear probe of features; always with the same settings. */
  public static LinearProbe.Outcome linear(Engine engine, Features train, Features test) {
    return LinearProbe.newton().fit(engine, train, test);
  }

  /** Evaluates features whose {@link #linear} probe there is. */
  public static Scores of(
      LinearProbe.Outcome linear, Engine engine, Features train, Features test) {
    return new Scores(
        linear.testAccuracy(),
        NearestNeighbors.k(NEIGHBORS).euclidean().accuracy(engine, train, test),
        CodingRateReduction.on(engine).of(train));
  }
}
