package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.LinearSystem;
import io.github.bilevel4j.solver.linear.SolveReport;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Newton's method for {@code min over W, b of mean cross-entropy(X W + b) + c/2 |W|^2}. Each system
 * {@code H s = -g} is solved by conjugate gradients as far as it pays off, preconditioned by {@code
 * q/n X^T X + c I}, q the mean of {@code p (1 - p)} at zero, or by its diagonal; then one looks
 * along s for the place where the slope vanishes.
 *
 * <p>The loss sees W and b by the logits alone, which a variable holds: a product with the Hessian
 * is {@code X^T (L'' (X V))}, exact, and the search along s needs no product with X.
 *
 * <p>Sources: Nocedal and Wright, "Numerical Optimization", 2006, chapter 7; the choice of the
 * inexactness of Eisenstat and Walker, 1996.
 */
final class NewtonSolve implements AutoCloseable {
  private static final String NAME = "linear probe";
  private static final String SLOPE = "slope";
  private static final String NORM = "norm";
  private static final int MOST_FACTORIZED = 4096;
  private static final double SMALLEST_SQUARE = 1e-6;
  private static final int MOST_ITERATIONS = 200;
  private static final int MOST_PRODUCTS = 250;
  private static final int MOST_TRIALS = 40;
  private static final double FLAT = 0.1;

  private final Expr rows;
  private final double decay;
  private final Expr length = Expr.input("length");
  private final LinearSolve solve;
  private final Program gradient;
  private final Program aim;
  private final Program slope;
  private final Program move;

  /** For parameters {@code weight [d, classes]} and {@code bias [classes]}, which are zero. */
  NewtonSolve(Engine engine, Expr rows, Expr labels, Variables parameters, double decay) {
    this.rows = rows;
    this.decay = decay;
    Vector now = parameters.vector();
    Shape outputs = Shape.of(rows.shape().dim(0), now.get("bias").shape().dim(0));
    Expr logits = Expr.variable("logits", outputs, Initializer.zeros());
    Expr change = Expr.variable("change", outputs, Initializer.zeros());
    Expr byLogits = Derivatives.gradient(SoftmaxCrossEntropy.of(logits, labels), logits);
    Vector right = transposed(byLogits).plus(penalty(now)).times(-1);
    solve =
        new LinearSolve(
            new SolveReport.Context(NAME, SolveReport.Operator.HESSIAN, 0),
            ConjugateGradient.steps(MOST_PRODUCTS),
            new LinearSystem(
                v ->
                    transposed(Derivatives.gradient(byLogits.dot(applied(v)), logits))
                        .plus(penalty(v)),
                right,
                Optional.empty(),
                preconditioner(engine, outputs)),
            OptionalInt.of(1),
            engine);
    gradient = solve.begin(Step.named(NAME + " gradient").output(NORM, right.norm()));
    Vector s = solve.solution();
    aim = engine.compile(Step.named(NAME + " direction").updating(change, applied(s)));
    Expr along = logits.plus(change.times(length));
    Vector moved = now.plus(s.times(length));
    slope =
        engine.compile(
            Step.named(NAME + " slope")
                .output(
                    SLOPE,
                    SoftmaxCrossEntropy.of(along, labels)
                        .gradient(along)
                        .dot(change)
                        .plus(penalty(moved).dot(s))));
    move =
        engine.compile(
            Step.named(NAME + " move")
                .updating(logits, along)
                .updating(Update.of(parameters, moved)));
  }

  private static Vector vector(Expr weight, Expr bias) {
    return Vector.of(ImmutableMap.of("weight", weight, "bias", bias));
  }

  /** The derivative of {@code c/2 |W|^2}, of which the bias is free. */
  private Vector penalty(Vector at) {
    return vector(at.get("weight").times(decay), Expr.filled(0, at.get("bias").shape()));
  }

  private Expr applied(Vector v) {
    return rows.matmul(v.get("weight")).plus(v.get("bias"));
  }

  private Vector transposed(Expr byLogits) {
    return vector(rows.transposedMatmul(byLogits), byLogits.sum(0));
  }

  /** {@code r -> M^-1 r} by a factor that is computed here; of many features by the diagonal. */
  private UnaryOperator<Vector> preconditioner(Engine engine, Shape outputs) {
    int n = outputs.dim(0);
    int classes = outputs.dim(1);
    int d = rows.shape().dim(1);
    double curvature = (1.0 - 1.0 / Math.max(2, classes)) / classes;
    if (d > MOST_FACTORIZED) {
      Expr squares = Expr.variable("squares", Shape.of(d, 1), Initializer.zeros());
      compute(engine, squares, rows.squared().mean(0).times(curvature).plus(decay).unsqueezed(-1));
      Expr diagonal = squares.maximum(curvature * SMALLEST_SQUARE);
      return r -> vector(r.get("weight").dividedBy(diagonal), r.get("bias").dividedBy(curvature));
    }
    Expr factor = Expr.variable("factor", Shape.of(d, d), Initializer.zeros());
    // Far above what rounding makes of the smallest eigenvalues, so that there is a factor.
    double unit = engine.precision() == Precision.FLOAT64 ? 0x1p-53 : 0x1p-24;
    Expr gram = rows.columnGram().times(curvature / n);
    Expr ridge = gram.trace().times(100 * unit).plus(decay + unit);
    compute(engine, factor, gram.plus(Expr.identity(d).times(ridge)).cholesky());
    return r ->
        vector(
            factor.transposedTriangularSolve(factor.triangularSolve(r.get("weight"))),
            r.get("bias").dividedBy(curvature));
  }

  private static void compute(Engine engine, Expr variable, Expr value) {
    try (Program program =
        engine.compile(Step.named(NAME + " preconditioner").updating(variable, value))) {
      program.run();
    }
  }

  /** Gives back what the device holds for it. */
  @Override
  public void close() {
    Stream.of(gradient, aim, slope, move).forEach(Program::close);
    solve.stages().forEach(stage -> stage.program().close());
  }

  /**
   * Brings the parameters to the minimizer: where the gradient's norm is this much of that at zero,
   * or where the precision ends.
   */
  void run(double tolerance) {
    double first = Double.NaN;
    for (int iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      Results begun = gradient.run();
      double norm = begun.scalar(NORM);
      first = iteration == 0 ? norm : first;
      double relative = norm / first;
      if (!(relative > tolerance)) {
        return;
      }
      solveWithin(begun, Math.min(0.5, Math.sqrt(relative)));
      aim.run();
      double t = flattest();
      if (!(t > 0)) {
        return;
      }
      move.run(at(t));
    }
  }

  /** Of a solve that rounding has ended the direction is used that was reached. */
  private void solveWithin(Results begun, double inexactness) {
    try {
      solve.run(begun, inexactness, Feed.none());
    } catch (BreakdownException e) {
      // The search along the direction says whether it is of use.
    }
  }

  /**
   * Where the slope along s is a tenth of the first one or less. The loss is convex: a sign change
   * has the place in it. Slopes rather than losses, whose differences rounding takes away.
   */
  private double flattest() {
    double first = slopeAt(0);
    if (!(first < 0)) {
      return 0;
    }
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double t = 1;
    for (int trial = 0; trial < MOST_TRIALS; trial++) {
      double here = slopeAt(t);
      if (Math.abs(here) <= FLAT * -first) {
        return t;
      }
      if (here < 0) {
        low = t;
      } else {
        high = t;
      }
      t = high == Double.POSITIVE_INFINITY ? 2 * t : (low + high) / 2;
    }
    return low;
  }

  private double slopeAt(double t) {
    return slope.run(at(t)).scalar(SLOPE);
  }

  private Feed at(double t) {
    return Feed.of(length, Array.scalar(t));
  }
}
