package io.github.bilevel4j.autodiff;

import static io.github.bilevel4j.autodiff.PrimitiveCase.polynomial;
import static io.github.bilevel4j.autodiff.PrimitiveCase.smooth;
import static io.github.bilevel4j.autodiff.PrimitiveCase.symmetric;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.BandPart;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * Every primitive, with every variant of its attributes, at inputs where it is differentiable. Only
 * leaves, {@code Detach}, {@code CustomGradient} and {@code Gradient} are missing, which are no
 * functions of their inputs' values in the sense of calculus.
 */
public final class PrimitiveCases {
  private static final Draws DRAWS = Draws.seed(7);

  /** The table. */
  public static final ImmutableList<PrimitiveCase> ALL =
      ImmutableList.<PrimitiveCase>builder()
          .addAll(unary())
          .addAll(binary())
          .addAll(reductions())
          .addAll(layout())
          .addAll(matrices())
          .addAll(convolutions())
          .addAll(pooling())
          .addAll(normalization())
          .addAll(indexing())
          .addAll(ordering())
          .build();

  private PrimitiveCases() {}

  private static ImmutableList<PrimitiveCase> unary() {
    return ImmutableList.of(
        polynomial(Unary.NEGATE, normal(3, 2)),
        smooth(Unary.ABS, DRAWS.awayFromZero(3, 2)),
        smooth(Unary.SIGN, DRAWS.awayFromZero(3, 2)),
        polynomial(Unary.SQUARE, normal(3, 2)),
        smooth(Unary.SQRT, positive(3, 2)),
        smooth(Unary.GUARDED_SQRT, positive(3, 2)),
        smooth(Unary.RECIPROCAL, DRAWS.awayFromZero(3, 2)),
        smooth(Unary.EXP, normal(3, 2)),
        smooth(Unary.LOG, positive(3, 2)),
        smooth(Unary.SIN, normal(3, 2)),
        smooth(Unary.COS, normal(3, 2)),
        smooth(Unary.TANH, normal(3, 2)),
        smooth(Unary.SIGMOID, normal(3, 2)),
        smooth(Unary.SOFTPLUS, normal(3, 2)),
        smooth(Unary.RELU, DRAWS.awayFromZero(3, 2)),
        smooth(Unary.HEAVISIDE, DRAWS.awayFromZero(3, 2)),
        smooth(Unary.FLOOR, DRAWS.spread(0.05, 3, 2)),
        polynomial(new Power(0), normal(3, 2)),
        polynomial(new Power(1), normal(3, 2)),
        polynomial(new Power(2), normal(3, 2)),
        polynomial(new Power(3), normal(3, 2)),
        smooth(new Power(0.5), positive(3, 2)),
        smooth(new Power(2.5), positive(3, 2)),
        smooth(new Power(-1), DRAWS.awayFromZero(3, 2)),
        smooth(new Power(-1.5), positive(3, 2)),
        smooth(Unary.TANH, normal()));
  }

  private static ImmutableList<PrimitiveCase> binary() {
    ImmutableList.Builder<PrimitiveCase> cases = ImmutableList.builder();
    for (Binary op : Binary.values()) {
      // Multiples of 0.1 on one side and 0.05 more on the other: nowhere zero or nearly equal.
      cases.add(
          smooth(op, DRAWS.spread(3, 3, 2), DRAWS.spread(3.05, 3, 2)),
          smooth(op, DRAWS.spread(3, 3, 1, 2), DRAWS.spread(3.05, 4, 2)),
          smooth(op, DRAWS.spread(3, 2, 1), DRAWS.spread(3.05, 1, 3)),
          smooth(op, DRAWS.spread(3, 2, 3), DRAWS.spread(3.05)),
          smooth(op, DRAWS.spread(3), DRAWS.spread(3.05, 1, 1)));
    }
    cases.add(
        polynomial(Binary.ADD, normal(3, 2), normal(2)),
        polynomial(Binary.SUBTRACT, normal(2), normal(3, 2)),
        polynomial(Binary.MULTIPLY, normal(3, 1), normal(1, 2)),
        polynomial(new Select(), mask(3, 2), normal(3, 2), normal(3, 2)).fixing(0),
        polynomial(new Cond(), Array.scalar(2), normal(3, 2), normal(3, 2)).fixing(0),
        polynomial(new Cond(), Array.scalar(0), normal(3, 2), normal(3, 2)).fixing(0));
    return cases.build();
  }

  private static ImmutableList<PrimitiveCase> reductions() {
    return ImmutableList.of(
        polynomial(sum(0), normal(3, 2)),
        polynomial(sum(1, 2), normal(2, 3, 2)),
        polynomial(sum(0, 1), normal(3, 2)),
        smooth(max(0), DRAWS.spread(0, 3, 2)),
        smooth(max(0, 2), DRAWS.spread(0, 2, 3, 2)),
        smooth(new ArgMax(0), DRAWS.spread(0, 3, 2)),
        smooth(new ArgMax(1), DRAWS.spread(0, 2, 3, 2)));
  }

  private static ImmutableList<PrimitiveCase> layout() {
    return ImmutableList.of(
        polynomial(new Reshape(Shape.of(3, 4)), normal(2, 3, 2)),
        polynomial(new Reshape(Shape.scalar()), normal(1, 1)),
        polynomial(new Transpose(ImmutableIntArray.of(2, 0, 1)), normal(2, 3, 4)),
        polynomial(new Transpose(ImmutableIntArray.of(1, 0)), normal(2, 3)),
        polynomial(new BroadcastTo(Shape.of(2, 3, 4)), normal(3, 1)),
        polynomial(new BroadcastTo(Shape.of(2, 3)), normal()),
        polynomial(new BroadcastTo(Shape.of(2, 3)), normal(2, 3)),
        polynomial(new Concat(0), normal(2, 3), normal(1, 3), normal(2, 3)),
        polynomial(new Concat(1), normal(2, 1, 2), normal(2, 3, 2)),
        polynomial(new Slice(ImmutableIntArray.of(1, 0, 2), Shape.of(2, 2, 1)), normal(4, 2, 3)),
        polynomial(pad(0, 1, 0, 2, 0), normal(2, 3)),
        polynomial(pad(-3, 0, 2, 1, 1), normal(2, 3)),
        polynomial(new Reverse(1), normal(2, 3, 2)));
  }

  private static ImmutableList<PrimitiveCase> matrices() {
    return ImmutableList.of(
        polynomial(new MatMul(false, false), normal(2, 3), normal(3, 4)),
        polynomial(new MatMul(false, true), normal(2, 3), normal(4, 3)),
        polynomial(new MatMul(true, false), normal(3, 2), normal(3, 4)),
        polynomial(new MatMul(true, true), normal(3, 2), normal(4, 3)),
        polynomial(new MatMul(false, false), normal(2, 2, 2, 3), normal(2, 2, 3, 1)),
        polynomial(new MatMul(false, true), normal(3, 2, 3), normal(3, 4, 3)),
        polynomial(new MatMul(true, false), normal(3, 3, 2), normal(3, 3, 4)),
        polynomial(new MatMul(true, true), normal(3, 3, 2), normal(3, 4, 3)),
        symmetric(new Cholesky(), DRAWS.positiveDefinite(1, 1)),
        symmetric(new Cholesky(), DRAWS.positiveDefinite(4, 4)),
        symmetric(new Cholesky(), DRAWS.positiveDefinite(2, 3, 3)),
        smooth(new TriangularSolve(false), factor(3, 3), normal(3, 2)),
        smooth(new TriangularSolve(true), factor(3, 3), normal(3, 2)),
        smooth(new TriangularSolve(false), factor(2, 3, 3), normal(2, 3, 1)),
        smooth(new TriangularSolve(true), factor(2, 3, 3), normal(2, 3, 4)),
        smooth(new MatrixSolve(false), invertible(1, 1), normal(1, 1)),
        smooth(new MatrixSolve(false), invertible(3, 3), normal(3, 2)),
        smooth(new MatrixSolve(true), invertible(3, 3), normal(3, 2)),
        smooth(new MatrixSolve(false), invertible(2, 3, 3), normal(2, 3, 1)),
        smooth(new MatrixSolve(true), invertible(2, 3, 3), normal(2, 3, 4)),
        polynomial(new BandPart(-1, 0), normal(3, 3)),
        polynomial(new BandPart(0, -1), normal(2, 3)),
        polynomial(new BandPart(1, 1), normal(2, 4, 4)),
        polynomial(new BandPart(0, 0), normal(2, 3, 2)));
  }

  private static ImmutableList<PrimitiveCase> convolutions() {
    return ImmutableList.<PrimitiveCase>builder()
        .addAll(convolution(Window.of(1, 0), Shape.of(2, 4, 3, 2), Shape.of(2, 2, 2, 3)))
        .addAll(convolution(Window.of(1, 1), Shape.of(1, 3, 4, 1), Shape.of(3, 3, 1, 2)))
        .addAll(convolution(Window.of(2, 1), Shape.of(2, 5, 4, 2), Shape.of(3, 3, 2, 1)))
        .addAll(convolution(Window.of(2, 0), Shape.of(1, 4, 5, 2), Shape.of(1, 1, 2, 2)))
        .addAll(
            convolution(new Window(2, 1, 1, 0, 2, 1), Shape.of(1, 5, 3, 1), Shape.of(2, 3, 1, 2)))
        .build();
  }

  private static ImmutableList<PrimitiveCase> convolution(
      Window window, Shape image, Shape filter) {
    Array x = normal(image.toArray());
    Array w = normal(filter.toArray());
    Convolution.Forward forward = new Convolution.Forward(window);
    PrimitiveCase primal = polynomial(forward, x, w);
    Array y = normal(primal.resultShape().toArray());
    return ImmutableList.of(
        primal,
        polynomial(new Convolution.ImageGradient(window, image), w, y),
        polynomial(new Convolution.FilterGradient(window, filter), x, y));
  }

  private static ImmutableList<PrimitiveCase> pooling() {
    return ImmutableList.<PrimitiveCase>builder()
        .addAll(pool(new Pooling.Geometry(2, 2, 2, 2), Shape.of(2, 4, 4, 2)))
        .addAll(pool(new Pooling.Geometry(3, 2, 1, 2), Shape.of(1, 5, 5, 2)))
        .addAll(pool(new Pooling.Geometry(2, 3, 3, 1), Shape.of(1, 6, 4, 1)))
        .build();
  }

  private static ImmutableList<PrimitiveCase> pool(Pooling.Geometry geometry, Shape image) {
    PrimitiveCase average = polynomial(new Pooling.Average(geometry), normal(image.toArray()));
    Array x = DRAWS.spread(0, image.toArray());
    Array y = normal(average.resultShape().toArray());
    return ImmutableList.of(
        average,
        polynomial(new Pooling.AverageGradient(geometry, image), y),
        smooth(new Pooling.Max(geometry), x),
        smooth(new Pooling.MaxScatter(geometry), x, y),
        smooth(new Pooling.MaxGather(geometry), x, normal(image.toArray())));
  }

  private static ImmutableList<PrimitiveCase> normalization() {
    ImmutableList.Builder<PrimitiveCase> cases = ImmutableList.builder();
    for (Shape shape : List.of(Shape.of(5, 3), Shape.of(2, 2, 3, 2), Shape.of(2, 3, 1))) {
      int channels = shape.dim(-1);
      Array x = normal(shape.toArray());
      Array a = normal(shape.toArray());
      Array scale = normal(channels);
      for (BatchNormalization.Forward.Result result : BatchNormalization.Forward.Result.values()) {
        cases.add(smooth(new BatchNormalization.Forward(0.1, result), x, scale, normal(channels)));
      }
      for (BatchNormalization.Gradient.Of of : BatchNormalization.Gradient.Of.values()) {
        cases.add(
            smooth(
                new BatchNormalization.Gradient(0.1, of),
                x,
                scale,
                normal(channels),
                positive(channels),
                a));
      }
    }
    return cases.build();
  }

  private static ImmutableList<PrimitiveCase> indexing() {
    Array counter = Array.scalar(3);
    return ImmutableList.of(
        polynomial(new Gather(), normal(4, 2), DRAWS.indices(4, 6)).fixing(1),
        polynomial(new Gather(), normal(4), DRAWS.indices(4, 2, 3)).fixing(1),
        polynomial(new ScatterAdd(4), normal(6, 2), DRAWS.indices(4, 6)).fixing(1),
        polynomial(new ScatterAdd(4), normal(2, 3), DRAWS.indices(4, 2, 3)).fixing(1),
        polynomial(new AllSum(1), normal(2, 3)),
        polynomial(new OneHot(4), DRAWS.indices(4, 5)).fixing(0),
        polynomial(random(Random.Distribution.UNIFORM), counter).fixing(0),
        polynomial(random(Random.Distribution.NORMAL), counter).fixing(0));
  }

  private static ImmutableList<PrimitiveCase> ordering() {
    ImmutableList.Builder<PrimitiveCase> cases = ImmutableList.builder();
    for (boolean flag : new boolean[] {false, true}) {
      cases.add(
          smooth(new Sort.Gather(flag, 5), DRAWS.spread(0, 5), normal(5)),
          smooth(new Sort.Gather(flag, 3), DRAWS.spread(0, 2, 2, 4), normal(2, 2, 4)),
          smooth(new Sort.Gather(flag, 0), DRAWS.spread(0, 2, 3), normal(2, 3)),
          smooth(new Sort.Scatter(flag), DRAWS.spread(0, 5), normal(5)),
          smooth(new Sort.Scatter(flag), DRAWS.spread(0, 2, 2, 4), normal(2, 2, 3)),
          polynomial(new CumulativeSum(0, flag, false), normal(4)),
          polynomial(new CumulativeSum(1, flag, false), normal(2, 3, 2)),
          polynomial(new CumulativeSum(2, flag, true), normal(2, 1, 4)));
    }
    return cases.build();
  }

  private static Reduction sum(Integer... axes) {
    return new Reduction(Reduction.Kind.SUM, ImmutableSortedSet.copyOf(axes));
  }

  private static Reduction max(Integer... axes) {
    return new Reduction(Reduction.Kind.MAX, ImmutableSortedSet.copyOf(axes));
  }

  private static Pad pad(double value, int top, int bottom, int left, int right) {
    return new Pad(ImmutableIntArray.of(top, left), ImmutableIntArray.of(bottom, right), value);
  }

  private static Random random(Random.Distribution distribution) {
    return new Random(distribution, Shape.of(2, 3), 5);
  }

  private static Array normal(int... dims) {
    return DRAWS.normal(dims);
  }

  private static Array positive(int... dims) {
    return DRAWS.uniform(0.5, 1.5, dims);
  }

  private static Array mask(int... dims) {
    return DRAWS.indices(2, dims);
  }

  /** Well conditioned, not symmetric, with the large elements off the diagonal. */
  private static Array invertible(int... dims) {
    Expr rows = Expr.constant(DRAWS.positiveDefinite(dims)).reversed(-2);
    return Interpreter.atStart().evaluate(rows);
  }

  /** Well conditioned, with elements above the diagonal that must not be read. */
  private static Array factor(int... dims) {
    return DRAWS.positiveDefinite(dims);
  }
}
