package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RandomTest {
  private final Expr counter = Expr.input("counter");
  private final Step step =
      Step.named("draw")
          .output("uniform", RandomKey.of(-3, counter).uniform(100, 100))
          .output("normal", RandomKey.of(-3, counter).foldIn("normal").normal(100, 100))
          .output("other", RandomKey.of(4, counter).uniform(100, 100));

  private Results draw(Precision precision, double... counters) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      Program program = engine.compile(step);
      Results results = Results.of(Map.of());
      for (double each : counters) {
        results = program.run(Feed.of(counter, Array.scalar(each)));
      }
      return results;
    }
  }

  @Test
  void aCounterDrawsTheSameNumbersInEveryRunAndEngine() {
    assertThat(draw(Precision.FLOAT64, 5).all()).isEqualTo(draw(Precision.FLOAT64, 2, 7, 5).all());
  }

  @Test
  void bothPrecisionsDrawTheSameNumbers() {
    assertThat(draw(Precision.FLOAT32, 5).all()).isEqualTo(draw(Precision.FLOAT64, 5).all());
  }

  @Test
  void anotherCounterOrSeedDrawsOtherNumbers() {
    Results five = draw(Precision.FLOAT32, 5);
    Results six = draw(Precision.FLOAT32, 6);
    assertThat(correlation(five.get("uniform"), six.get("uniform"))).isCloseTo(0, within(0.04));
    assertThat(correlation(five.get("normal"), six.get("normal"))).isCloseTo(0, within(0.04));
    assertThat(correlation(five.get("uniform"), five.get("other"))).isCloseTo(0, within(0.04));
  }

  @Test
  void uniformDrawsHaveTheirMomentsAndRange() {
    double[] draws = draw(Precision.FLOAT64, 1).get("uniform").toDoubles();
    assertThat(mean(draws)).isCloseTo(0.5, within(0.012));
    assertThat(variance(draws)).isCloseTo(1 / 12.0, within(0.004));
    assertThat(Arrays.stream(draws).boxed()).allMatch(draw -> draw >= 0 && draw < 1);
  }

  @Test
  void normalDrawsHaveTheirMoments() {
    double[] draws = draw(Precision.FLOAT64, 1).get("normal").toDoubles();
    assertThat(mean(draws)).isCloseTo(0, within(0.04));
    assertThat(variance(draws)).isCloseTo(1, within(0.06));
    double outside = Arrays.stream(draws).filter(draw -> Math.abs(draw) > 1.96).count();
    assertThat(outside / draws.length).isCloseTo(0.05, within(0.01));
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(value -> (value - mean) * (value - mean)).average().orElse(0);
  }

  private static double correlation(Array left, Array right) {
    double[] x = left.toDoubles();
    double[] y = right.toDoubles();
    double[] products = new double[x.length];
    double meanX = mean(x);
    double meanY = mean(y);
    Arrays.setAll(products, i -> (x[i] - meanX) * (y[i] - meanY));
    return mean(products) / Math.sqrt(variance(x) * variance(y));
  }
}
