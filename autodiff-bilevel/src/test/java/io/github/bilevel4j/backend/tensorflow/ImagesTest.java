package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions with every kind of border, ties in max pooling, and networks of them. */
class ImagesTest {
  private static Engine engine;
  private static Engine single;

  @BeforeAll
  static void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
    single = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
  }

  @AfterAll
  static void close() {
    engine.close();
    single.close();
  }

  /**
   * With stride 2 and an even size TensorFlow's own borders differ from equal ones; windows that do
   * not reach the last row leave a remainder, and an even window has no middle.
   */
  @ParameterizedTest
  @CsvSource({
    "6, 3, 1, 1", "6, 3, 2, 1", "7, 3, 2, 1", "8, 3, 3, 1", "6, 1, 2, 0", "7, 1, 2, 0",
    "7, 3, 2, 0", "8, 3, 2, 0", "9, 7, 2, 3", "8, 7, 2, 3", "5, 2, 1, 1", "6, 4, 2, 1",
    "4, 3, 1, 2", "3, 1, 1, 1", "2, 3, 2, 1", "1, 3, 1, 1"
  })
  void convolutionsHaveTheSameBordersInAllThreeForms(int size, int window, int stride, int border) {
    Draws draws = Draws.seed(size);
    Expr image = Expr.variable("image", draws.normal(2, size, size + 1, 2));
    Expr filter = Expr.variable("filter", draws.normal(window, window, 2, 3));
    Window moving = Window.of(stride, border);
    Expr output = Expr.of(new Convolution.Forward(moving), image, filter);
    Expr weights = Expr.variable("weights", draws.normal(output.shape().toArray()));
    Step step =
        Step.named("convolution")
            .output("output", output)
            .output(
                "image",
                Expr.of(new Convolution.ImageGradient(moving, image.shape()), filter, weights))
            .output(
                "filter",
                Expr.of(new Convolution.FilterGradient(moving, filter.shape()), image, weights));
    requireReference(step);
  }

  @Test
  void aBorderCanDifferFromSideToSide() {
    Draws draws = Draws.seed(1);
    Expr image = Expr.variable("image", draws.normal(1, 5, 6, 2));
    Expr filter = Expr.variable("filter", draws.normal(3, 2, 2, 2));
    Window moving = new Window(1, 2, 2, 0, 1, 0);
    Expr output = Expr.of(new Convolution.Forward(moving), image, filter);
    Expr weighted = output.dot(Expr.constant(draws.normal(output.shape().toArray())));
    requireReference(
        Step.named("convolution")
            .output("output", output)
            .output("image", weighted.gradient(image))
            .output("filter", weighted.gradient(filter)));
  }

  /**
   * Windows wholly in the border, strides that leave the image, and strides over filters of one
   * element: kernels for the processor read or write outside of their memory there.
   */
  @ParameterizedTest
  @CsvSource({
    "2, 2, 1, 1, 1, 1, 6, 1, 1, 2, 1, 1, 2", // the border of one is as large as the filter
    "2, 2, 3, 0, 0, 5, 1, 4, 4, 1, 1, 2, 3",
    "1, 2, 3, 0, 5, 1, 1, 4, 4, 1, 1, 2, 1",
    "2, 2, 0, 0, 0, 0, 1, 8, 10, 1, 1, 2, 1",
    "2147483647, 2147483647, 2, 2, 2, 2, 2, 4, 5, 3, 4, 1, 3",
    "1, 2147483647, 2, 2, 2, 2, 1, 1, 3, 2, 2, 3, 1",
    "3, 4, 1, 4, 5, 4, 1, 1, 3, 4, 1, 1, 2",
    "1, 2, 5, 2, 3, 0, 1, 1, 1, 1, 4, 1, 2",
    "4, 1, 4, 4, 4, 4, 1, 3, 2, 2, 4, 2, 1",
    "1, 1, 1, 1, 1, 1, 1, 0, 0, 2, 2, 1, 1",
    "1, 2, 1, 0, 0, 2, 2, 1, 1, 1, 2, 1, 1",
    "1, 3, 1, 0, 1, 2, 2, 3, 1, 2, 3, 1, 1"
  })
  void windowsMayLieInTheBorderAndStridesMayLeaveTheImage(
      int down,
      int right,
      int top,
      int bottom,
      int left,
      int end,
      int n,
      int height,
      int width,
      int rows,
      int columns,
      int in,
      int out) {
    Draws draws = Draws.seed(4);
    Expr image = Expr.variable("image", draws.normal(n, height, width, in));
    Expr filter = Expr.variable("filter", draws.normal(rows, columns, in, out));
    Window window = new Window(down, right, top, bottom, left, end);
    Expr output = Expr.of(new Convolution.Forward(window), image, filter);
    Expr weighted = output.dot(Expr.constant(draws.normal(output.shape().toArray())));
    Expr ofImage = weighted.gradient(image);
    requireReference(
        Step.named("convolution")
            .output("output", output)
            .output("image", ofImage)
            .output("filter", weighted.gradient(filter))
            .output("mixed", ofImage.squared().sum().gradient(filter)));
    for (Precision precision : List.of(Precision.MIXED, Precision.FLOAT32)) {
      try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
        Array rounded = engine.compile(Step.named("rounded").output("y", output)).run().get("y");
        double tolerance = precision == Precision.MIXED ? 0.05 : 1e-5;
        requireClose(rounded, Interpreter.atStart().evaluate(output), tolerance);
      }
    }
  }

  /** Where image and output have one size, adjoints of TensorFlow overwrite their operands. */
  @ParameterizedTest
  @CsvSource({"1, 1", "1, 2147483647", "2, 2147483647"})
  void poolingWindowsMayBeOneElementAndStridesMayLeaveTheImage(int size, int stride) {
    Draws draws = Draws.seed(6);
    Expr image = Expr.variable("image", draws.normal(2, 3, 2, 2));
    Expr direction = Expr.variable("direction", draws.normal(2, 3, 2, 2));
    Expr largest = image.maxPool(size, stride).squared().sum().gradient(image);
    Expr mean = image.averagePool(size, stride).squared().sum().gradient(image);
    requireReference(
        Step.named("pooling")
            .output("max", largest)
            .output("mean", mean)
            .output("second of max", largest.dot(direction).gradient(image))
            .output("second of mean", mean.dot(direction).gradient(image)));
  }

  /** After a rectifier most windows have several largest elements, all zero. */
  @ParameterizedTest
  @CsvSource({"2, 2, 2, 2", "3, 2, 1, 2", "3, 3, 2, 2", "3, 3, 1, 1", "2, 3, 3, 1"})
  void maxPoolingTakesTheFirstOfEqualElements(int height, int width, int down, int right) {
    Pooling.Geometry geometry = new Pooling.Geometry(height, width, down, right);
    Draws draws = Draws.seed(5);
    Expr image = Expr.variable("image", draws.indices(3, 2, 7, 8, 3));
    Expr other = Expr.variable("other", draws.normal(2, 7, 8, 3));
    Expr output = Expr.of(new Pooling.Max(geometry), image);
    Expr weights = Expr.variable("weights", draws.normal(output.shape().toArray()));
    requireReference(
        Step.named("pooling")
            .output("output", output)
            .output("scatter", Expr.of(new Pooling.MaxScatter(geometry), image, weights))
            .output("gather", Expr.of(new Pooling.MaxGather(geometry), image, other)));
  }

  @Test
  void hessianVectorProductsOfAConvolutionalNetworkAgreeWithTheReference() {
    Draws draws = Draws.seed(2);
    Expr images = Expr.constant(draws.normal(2, 8, 8, 2));
    Expr first = Expr.variable("first", draws.normal(3, 3, 2, 3));
    Expr second = Expr.variable("second", draws.normal(3, 3, 3, 4));
    Expr shortcut = Expr.variable("shortcut", draws.normal(1, 1, 3, 4));
    Expr hidden = images.conv2d(first, 1, 1).tanh();
    Expr block = hidden.conv2d(second, 2, 1).plus(hidden.conv2d(shortcut, 2, 0)).relu();
    Expr loss = block.maxPool(2, 2).averagePool(2, 1).flattened().logSumExp(1).sum();
    Vector point =
        Vector.of(ImmutableMap.of("first", first, "second", second, "shortcut", shortcut));
    Vector product = Derivatives.hvp(loss, point, draws.constantsLike(point));
    requireReference(Step.named("hvp").outputs(product.components()));
    assertThat(product.get("first").shape()).isEqualTo(Shape.of(3, 3, 2, 3));
  }

  private static void requireReference(Step step) {
    Results doubles = engine.compile(step).run();
    Results floats = single.compile(step).run();
    step.outputs()
        .forEach(
            (name, expression) -> {
              Array expected = Interpreter.atStart().evaluate(expression);
              requireClose(doubles.get(name), expected, 1e-11);
              requireClose(floats.get(name), expected, 1e-4);
            });
  }

  private static void requireClose(Array actual, Array expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.at(i))
          .isCloseTo(expected.at(i), within(tolerance * (1 + Math.abs(expected.at(i)))));
    }
  }
}
