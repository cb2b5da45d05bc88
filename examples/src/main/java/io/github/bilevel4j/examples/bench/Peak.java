package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Shape;
import java.util.function.ToDoubleFunction;

/**
 * The most that a machine was seen to do.
 *
 * @param operations multiplications and additions a second, of a large matrix product
 * @param bytes read and written a second, of a large copy
 */
public record Peak(double operations, double bytes) {
  private static final int RUNS = 8;
  private static final int SIDE = 2048;
  private static final int COPIED = 1 << 24;

  /**
   * Measures an engine, in its precision: the fastest of some products of matrices with 2048 rows
   * and columns, as a product and as a convolution by a filter of one pixel, and of some copies of
   * 64 MB in single precision.
   */
  public static Peak measured(TensorFlowEngine engine) {
    Expr matrix = random("matrix", SIDE, SIDE);
    Expr image = random("image", SIDE / 256, 16, 16, SIDE);
    Expr filter = random("filter", 1, 1, SIDE, SIDE);
    Expr copied = random("copied", COPIED);
    double operations =
        Math.max(
            greatest(kept("product", matrix.matmul(matrix)), engine, KernelRun::operations),
            greatest(
                kept(
                    "convolution",
                    Expr.of(new Convolution.Forward(Window.of(1, 0)), image, filter)),
                engine,
                KernelRun::operations));
    return new Peak(operations, greatest(kept("copy", copied.negated()), engine, KernelRun::bytes));
  }

  /** The most a second of all kernels of some runs. */
  private static double greatest(
      Step step, TensorFlowEngine engine, ToDoubleFunction<KernelRun> amount) {
    try (var program = engine.compile(step)) {
      return engine
          .traced(
              () -> {
                for (int run = 0; run < RUNS; run++) {
                  program.run();
                }
              })
          .stream()
          .filter(kernel -> amount.applyAsDouble(kernel) > COPIED)
          .mapToDouble(kernel -> amount.applyAsDouble(kernel) / kernel.seconds())
          .max()
          .orElseThrow();
    }
  }

  private static Step kept(String name, Expr value) {
    return Step.named("peak")
        .updating(Expr.variable(name + " kept", value.shape(), Initializer.zeros()), value);
  }

  private static Expr random(String name, int... shape) {
    return Expr.variable(name, Shape.of(shape), Initializer.uniform(1, 1));
  }

  /** The greater rates of two measurements: other programs may have disturbed one of them. */
  Peak or(Peak other) {
    return new Peak(Math.max(operations, other.operations), Math.max(bytes, other.bytes));
  }

  /** The least seconds that a kernel takes at these rates. */
  double seconds(KernelRun kernel) {
    return Math.max(kernel.operations() / operations, kernel.bytes() / bytes);
  }
}
