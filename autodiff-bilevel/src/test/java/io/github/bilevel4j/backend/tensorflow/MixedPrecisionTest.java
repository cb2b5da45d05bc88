package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.BatchNormalized;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
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

  private static ImmutableMap<String, Array> run(Step step, Precision precision) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      return engine.compile(step).run().all();
    }
  }

  @Test
  void onlyConvolutionsAndTheirImageGradientsAreRounded() {
    ImmutableMap<String, Array> exact = run(step, Precision.FLOAT64);
    ImmutableMap<String, Array> mixed = run(step, Precision.MIXED);
    assertThat(error(exact, mixed, "forward")).isBetween(1e-4, 1e-2);
    assertThat(error(exact, mixed, "image gradient")).isBetween(1e-4, 1e-2);
    assertThat(error(exact, mixed, "filter gradient")).isLessThan(1e-6);
    assertThat(error(exact, mixed, "elementwise")).isLessThan(1e-6);
  }

  /**
   * Two blocks of convolution, normalization, rectifier and a sum: values stay rounded from one to
   * the next. Normalization cancels most of a filter's gradient, so its relative error is near
   * twenty of bfloat16's roundings, {@code 2^-9}, as in other frameworks.
   */
  @Test
  void aNetworkIsWithinAFewRoundingsOfTheExactOne() {
    Expr x = Expr.variable("x", Array.fill(Shape.of(8, 6, 6, 16), i -> random.nextGaussian()));
    Expr w =
        Expr.variable("w", Array.fill(Shape.of(3, 3, 16, 16), i -> 0.1 * random.nextGaussian()));
    Expr scale = Expr.variable("scale", Array.fill(Shape.of(16), i -> 1 + i / 16.));
    Expr shift = Expr.variable("shift", Array.fill(Shape.of(16), i -> 0.1));
    BatchNormalized first = BatchNormalized.of(x.conv2d(w, 1, 1), scale, shift, 1e-5);
    Expr y = first.output().relu();
    Expr z = BatchNormalized.of(y.conv2d(w, 1, 1), scale, shift, 1e-5).output().plus(y).relu();
    Expr value = z.mean(1, 2).softplus().squared().mean();
    Expr inner = Expr.constant(Array.fill(Shape.of(3, 3, 16, 16), i -> random.nextGaussian()));
    Step network =
        Step.named("network")
            .output("loss", value)
            .output("statistics", first.variance())
            .output("filter gradient", value.gradient(w))
            .output("scale gradient", value.gradient(scale))
            .output("image gradient", value.gradient(x))
            .output("second", value.gradient(w).dot(inner).gradient(w));
    ImmutableMap<String, Array> exact = run(network, Precision.FLOAT64);
    ImmutableMap<String, Array> single = run(network, Precision.FLOAT32);
    ImmutableMap<String, Array> mixed = run(network, Precision.MIXED);
    exact
        .keySet()
        .forEach(
            name -> {
              assertThat(error(exact, single, name)).as(name).isLessThan(1e-4);
              assertThat(error(exact, mixed, name)).as(name).isBetween(1e-5, 0.1);
            });
    assertThat(error(exact, mixed, "loss")).isLessThan(1e-2);
  }

  /** With strides, borders and many channels, each of which the kernels tell apart. */
  @Test
  void gradientsOfFiltersAreWithinARoundingOfTheExactOnes() {
    for (int channels : new int[] {16, 256}) {
      for (int stride = 1; stride <= 2; stride++) {
        for (int border = 0; border <= 1; border++) {
          Expr x =
              Expr.variable(
                  "x", Array.fill(Shape.of(2, 6, 6, channels), i -> random.nextGaussian()));
          Expr w =
              Expr.variable(
                  "w", Array.fill(Shape.of(3, 3, channels, 256), i -> random.nextGaussian()));
          Step gradient =
              Step.named("gradient")
                  .output("filter", x.conv2d(w, stride, border).squared().sum().gradient(w));
          assertThat(
                  error(run(gradient, Precision.FLOAT64), run(gradient, Precision.MIXED), "filter"))
              .as("%d channels, stride %d, border %d", channels, stride, border)
              .isBetween(1e-4, 1e-2);
        }
      }
    }
  }

  /** As by autocast, where a convolution's bias is rounded with it: nothing else that is added. */
  @Test
  void aBiasIsAddedInBfloat16() {
    Expr bias = Expr.variable("bias", Array.vector(0.1, 0.2, -0.3, 0.4, -0.5));
    Expr whole = Expr.variable("whole", weights.shape(), Initializer.normal(1, 5));
    Expr biased = Expr.kept("biased", convolution.shape());
    Expr summed = Expr.kept("summed", convolution.shape());
    Expr scaled = Expr.kept("scaled", convolution.shape());
    Expr adjoint = Expr.kept("adjoint", images.shape());
    Expr channel = Expr.variable("channel", Array.vector(1e-3, 1e-3, 1e-3));
    Step sums =
        Step.named("sums")
            .updating(biased, bias.plus(convolution).relu())
            .updating(summed, convolution.plus(whole))
            .updating(scaled, convolution.times(bias))
            .updating(adjoint, loss.gradient(images).plus(channel));
    ImmutableMap<Expr, Array> exact;
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      engine.compile(sums).run();
      exact = engine.read(List.of(biased));
    }
    try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.MIXED)) {
      engine.compile(sums).run();
      assertThat(engine.keptValues().isRounded((Leaf) biased.op())).isTrue();
      assertThat(engine.keptValues().isRounded((Leaf) summed.op())).isFalse();
      assertThat(engine.keptValues().isRounded((Leaf) scaled.op())).isFalse();
      assertThat(engine.keptValues().isRounded((Leaf) adjoint.op())).isFalse();
      assertThat(
              error(
                  ImmutableMap.of("y", exact.get(biased)),
                  ImmutableMap.of("y", engine.read(List.of(biased)).get(biased)),
                  "y"))
          .isBetween(1e-4, 1e-2);
    }
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

  @Test
  void aDeviceThatDoesNotComputeInBfloat16IsRefused() {
    assertThatThrownBy(
            () ->
                Bfloat16.require(
                    Device.gpu(3),
                    () -> {
                      throw new IllegalStateException("No OpKernel was registered\nsecond line");
                    }))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("gpu:3 does not compute in bfloat16")
        .hasMessageContaining("No OpKernel was registered")
        .hasMessageNotContaining("second line");
    Bfloat16.require(Device.cpu());
  }
}
