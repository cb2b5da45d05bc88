package io.github.bilevel4j.examples.diagnosis;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.DeviceInfo;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.time.Duration;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Derivatives of a small expression compared with their closed forms:
 *
 * <pre>
 * f(w)  = sum exp(x * w) + log det(I + w w^T)            * the convolution, P its matrix: x * w = P w
 * df/dw = P^T exp(P w) + 2 w / (1 + w.w)
 * H v   = P^T (exp(P w) P v) + 2 v / (1 + w.w) - 4 w (w.v) / (1 + w.w)^2
 * </pre>
 *
 * It takes convolution, matrix product and Cholesky factor to second order, each by another library
 * on a GPU.
 */
public final class SelfTest {
  private static final int SIDE = 6;
  private static final int KERNEL = 2;
  private static final int POSITIONS = SIDE - KERNEL + 1;
  private static final int SIZE = KERNEL * KERNEL;

  private static final double[] IMAGE = wave(SIDE * SIDE, 0.7);
  private static final double[] W = wave(SIZE, 1.1);
  private static final double[] V = wave(SIZE, 2.3);

  private SelfTest() {}

  /**
   * What came out.
   *
   * @param gradientError largest error of the gradient over its largest element
   * @param productError largest error of the Hessian-vector product over its largest element
   * @param tolerance what is allowed: 1e-10 in float64; 1e-3 in float32, where a GPU multiplies
   *     numbers rounded to 10 bits (TensorFloat-32); 5e-2 with bfloat16 convolutions
   * @param time for opening the device, compiling and running
   */
  public record Outcome(
      double gradientError, double productError, double tolerance, Duration time) {

    /** Whether both errors are within the tolerance. */
    public boolean passed() {
      return gradientError <= tolerance && productError <= tolerance;
    }
  }

  private static double tolerance(Precision precision) {
    return switch (precision) {
      case FLOAT64 -> 1e-10;
      case FLOAT32 -> 1e-3;
      case MIXED -> 5e-2;
    };
  }

  /**
   * Tests a device in a precision.
   *
   * @throws RuntimeException if the device fails
   */
  public static Outcome run(DeviceInfo device, Precision precision) {
    long start = System.nanoTime();
    Shape filter = Shape.of(KERNEL, KERNEL, 1, 1);
    Expr w = Expr.variable("w", Array.of(filter, W));
    Expr x = Expr.constant(Array.of(Shape.of(1, SIDE, SIDE, 1), IMAGE));
    Expr column = w.reshape(SIZE, 1);
    Expr f = x.conv2d(w, 1, 0).exp().sum().plus(column.rowGram().plusDiagonal(1).logDeterminant());
    Vector point = Vector.of(ImmutableMap.of("w", w));
    Vector v = Vector.of(ImmutableMap.of("w", Expr.constant(Array.of(filter, V))));
    Step step =
        Step.named("self test")
            .output("gradient", Derivatives.gradient(f, w))
            .output("product", Derivatives.hvp(f, point, v).get("w"));
    try (Engine engine = TensorFlowEngine.open(device.device(), precision)) {
      Results results = engine.compile(step).run();
      return new Outcome(
          error(results.get("gradient"), gradient()),
          error(results.get("product"), product()),
          tolerance(precision),
          Duration.ofNanos(System.nanoTime() - start));
    }
  }

  private static double[] gradient() {
    double denominator = 1 + dot(W, W);
    return array(SIZE, k -> overPatches(k, p -> Math.exp(patchDot(p, W))) + 2 * W[k] / denominator);
  }

  private static double[] product() {
    double denominator = 1 + dot(W, W);
    double last = 4 * dot(W, V) / (denominator * denominator);
    return array(
        SIZE,
        k ->
            overPatches(k, p -> Math.exp(patchDot(p, W)) * patchDot(p, V))
                + 2 * V[k] / denominator
                - last * W[k]);
  }

  /** An element of P^T times a vector. */
  private static double overPatches(int k, IntToDoubleFunction vector) {
    return IntStream.range(0, POSITIONS * POSITIONS)
        .mapToDouble(p -> pixel(p, k) * vector.applyAsDouble(p))
        .sum();
  }

  /** The row of P at a position, times a filter. */
  private static double patchDot(int position, double[] filter) {
    return dot(array(SIZE, k -> pixel(position, k)), filter);
  }

  private static double pixel(int position, int k) {
    int row = position / POSITIONS + k / KERNEL;
    int column = position % POSITIONS + k % KERNEL;
    return IMAGE[row * SIDE + column];
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(k -> a[k] * b[k]).sum();
  }

  private static double error(Array found, double[] exact) {
    double error = 0;
    double size = 0;
    for (int k = 0; k < exact.length; k++) {
      error = Math.max(error, Math.abs(found.at(k) - exact[k]));
      size = Math.max(size, Math.abs(exact[k]));
    }
    // Not a number must not pass for small.
    return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error / size;
  }

  private static double[] wave(int size, double frequency) {
    return array(size, i -> Math.sin(frequency * (i + 1)));
  }

  private static double[] array(int size, IntToDoubleFunction element) {
    return IntStream.range(0, size).mapToDouble(element).toArray();
  }
}
