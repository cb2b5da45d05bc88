package io.github.bilevel4j.experiment;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.eval.CodingRateReduction;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.NearestNeighbors;

/**
 * How good frozen features are.
 *
 * @param linear test accuracy of a linear probe, in per cent
 * @param neighbors test accuracy of the five nearest neighbors, in per cent
 * @param reduction coding-rate reduction of the train part by classes, in nats
 */
public record Scores(double linear, double neighbors, double reduction) {
  private static final int NEIGHBORS = 5;

  /** Evaluates features; always with the same settings. */
  public static Scores of(Engine engine, long seed, Features train, Features test) {
    return new Scores(
        LinearProbe.sgd().seed(seed).fit(engine, train, test).testAccuracy(),
        NearestNeighbors.k(NEIGHBORS).euclidean().accuracy(engine, train, test),
        CodingRateReduction.on(engine).of(train));
  }
}
