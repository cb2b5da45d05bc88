package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** bfloat16 keeps 8 bits: relative errors of a convolution are near 1e-3, and not smaller. */
class MixedPrecisionTest {
  private final Random random = new Random(1);
  private final Expr images =
      Expr.variable("images", Array.fill(Shape.of(4, 8, 8, 3), i -> random.nextGaussian()));
  private final Expr filter =
      Expr.variable("filter", Array.fill(Shape.of(3, 3, 3, 5), i -> random.nextGaussian()));
  private final Expr weights =
      Expr.constant(Array.fill(Shape.of(4, 8, 8, 5), i -> random.nextGaussian()));
  private final Expr convolution = images.conv2d(filter, 1, 1);
  private final Expr loss = convolution.times(weights).sum();
  private final Step step =
      Step.named("convolution")
          .output("forward", convolution)
          .output("image gradient", loss.gradient(images))
          .output("filter gradient", loss.gradient(filter))
          .output("elementwise", images.exp());

  private ImmutableMap<String, Array> run(Precision precision) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      return engine.compile(step).run().all();
    }
  }

  @Test
  void onlyConvolutionsAndTheirImageGradientsAreRounded() {
    ImmutableMap<String, Array> exact = run(Precision.FLOAT64);
    ImmutableMap<String, Array> mixed = run(Precision.MIXED);
    assertThat(error(exact, mixed, "forward")).isBetween(1e-4, 1e-2);
    assertThat(error(exact, mixed, "image gradient")).isBetween(1e-4, 1e-2);
    assertThat(error(exact, mixed, "filter gradient")).isLessThan(1e-6);
    assertThat(error(exact, mixed, "elementwise")).isLessThan(1e-6);
  }

  private static double error(
      ImmutableMap<String, Array> exact, ImmutableMap<String, Array> found, String output) {
    double squared = 0;
    double scale = 0;
    for (int i = 0; i < exact.get(output).size(); i++) {
      double difference = found.get(output).at(i) - exact.get(output).at(i);
      squared += difference * difference;
      scale += exact.get(output).at(i) * exact.get(output).at(i);
    }
    return Math.sqrt(squared / scale);
  }
}
