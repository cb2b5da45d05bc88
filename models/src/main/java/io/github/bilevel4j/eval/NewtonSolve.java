package io.github.bilevel4j.eval;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;

/**
 * Newton's method for {@code min over W, b of mean cross-entropy(X W + b) + c/2 |W|^2}. Each system
 * {@code H s = -g} is solved by conjugate gradients as far as it pays off, preconditioned by {@code
 * q/n X^T X + c I}, q the mean of {@code p (1 - p)} at zero; then one looks along s for the place
 * where the slope vanishes.
 *
 * <p>The loss sees W and b by the logits alone, which a variable holds: a product with the Hessian
 * is {@code X^T (L'' (X V))}, exact, and the search along s needs no product with X.
 *
 * <p>Sources: Nocedal and Wright, "Numerical Optimization", 2006, chapter 7; the choice of the
 * inexactness of Eisenstat and Walker, 1996.
 */
final class NewtonSolve implements AutoCloseable {
  private static final String NAME = "linear probe";
  private static final int MOST_ITERATIONS = 200;
  private static final int MOST_PRODUCTS = 250;
  private static final int MOST_TRIALS = 40;
  private static final double FLAT = 0.1;

  private final int dimension;
  private final int classes;
  private final double decay;
  private final Expr direction;
  private final Expr length = Expr.input("length");
  private final Program gradient;
  private final Program product;
  private final Program preconditioner;
  private final Program aim;
  private final Program slope;
  private final Program move;

  NewtonSolve(Engine engine, Expr rows, Expr labels, int classes, double decay) {
    this.dimension = rows.shape().dim(1);
    this.classes = classes;
    this.decay = decay;
    int n = rows.shape().dim(0);
    // Weights, and the bias as one row more.
    this.direction = Expr.input("direction", dimension + 1, classes);
    Expr logits = Expr.variable("logits", Shape.of(n, classes), Initializer.zeros());
    Expr change = Expr.variable("change", Shape.of(n, classes), Initializer.zeros());
    Expr factor = Expr.variable("factor", Shape.of(dimension, dimension), Initializer.zeros());
    Expr loss = SoftmaxCrossEntropy.of(logits, labels);
    Expr byLogits = loss.gradient(logits);
    Expr applied = applied(rows, direction);
    gradient =
        engine.compile(
            Step.named(NAME + " gradient").output("gradient", transposed(rows, byLogits)));
    product =
        engine.compile(
            Step.named(NAME + " product")
                .output("product", transposed(rows, byLogits.dot(applied).gradient(logits))));
    Expr weights = direction.slice(0, 0, dimension);
    double curvature = (1.0 - 1.0 / Math.max(2, classes)) / classes;
    preconditioner =
        engine.compile(
            Step.named(NAME + " preconditioner")
                .output(
                    "preconditioned",
                    Expr.concat(
                        0,
                        factor.transposedTriangularSolve(factor.triangularSolve(weights)),
                        direction.slice(0, dimension, dimension + 1).dividedBy(curvature))));
    aim = engine.compile(Step.named(NAME + " direction").updating(change, applied));
    Expr along = logits.plus(change.times(length));
    slope =
        engine.compile(
            Step.named(NAME + " slope")
                .output(
                    "slope", SoftmaxCrossEntropy.of(along, labels).gradient(along).dot(change)));
    move = engine.compile(Step.named(NAME + " move").updating(logits, along));
    // Far above what rounding makes of the smallest eigenvalues, so that there is a factor.
    double unit = engine.precision() == Precision.FLOAT64 ? 0x1p-53 : 0x1p-24;
    Expr gram = rows.columnGram().times(curvature / n);
    Expr ridge = gram.trace().times(100 * unit).plus(decay + unit);
    try (Program factorized =
        engine.compile(
            Step.named(NAME + " factor")
                .updating(factor, gram.plus(Expr.identity(dimension).times(ridge)).cholesky())
                .updating(logits, Expr.filled(0, logits.shape())))) {
      factorized.run();
    }
  }

  /** Gives back what the device holds for it. */
  @Override
  public void close() {
    Stream.of(gradient, product, preconditioner, aim, slope, move).forEach(Program::close);
  }

  private static Expr applied(Expr rows, Expr both) {
    int d = rows.shape().dim(1);
    return rows.matmul(both.slice(0, 0, d)).plus(both.slice(0, d, d + 1));
  }

  private static Expr transposed(Expr rows, Expr byLogits) {
    return Expr.concat(0, rows.transposedMatmul(byLogits), byLogits.sum(0).unsqueezed(0));
  }

  /**
   * The minimizer, weights {@code [d, classes]} with the bias as the last row: where the gradient's
   * norm is this much of that at zero, or where the precision ends.
   */
  double[] solve(double tolerance) {
    double[] w = new double[(dimension + 1) * classes];
    double[] g = penalized(output(gradient.run()), w);
    double first = norm(g);
    for (int iteration = 0; iteration < MOST_ITERATIONS; iteration++) {
      double relative = norm(g) / first;
      if (!(relative > tolerance)) {
        break;
      }
      double[] s = newtonDirection(g, Math.min(0.5, Math.sqrt(relative)));
      aim.run(feed(s));
      double t = flattest(g, w, s);
      if (!(t > 0)) {
        break;
      }
      move.run(Feed.of(length, Array.scalar(t)));
      add(w, t, s);
      g = penalized(output(gradient.run()), w);
    }
    return w;
  }

  /** Conjugate gradients for {@code H s = -g} until the residual is this much of g. */
  private double[] newtonDirection(double[] g, double inexactness) {
    double[] s = new double[g.length];
    double[] r = scaled(-1, g);
    double[] z = preconditioned(r);
    double[] p = z.clone();
    double rz = dot(r, z);
    double enough = inexactness * norm(g);
    for (int k = 0; k < MOST_PRODUCTS; k++) {
      double[] hp = penalized(output(product.run(feed(p))), p);
      double curvature = dot(p, hp);
      if (!(curvature > 0)) {
        return k == 0 ? p : s;
      }
      add(s, rz / curvature, p);
      add(r, -rz / curvature, hp);
      if (norm(r) <= enough) {
        break;
      }
      z = preconditioned(r);
      double next = dot(r, z);
      double beta = next / rz;
      for (int i = 0; i < p.length; i++) {
        p[i] = z[i] + beta * p[i];
      }
      rz = next;
    }
    return s;
  }

  /**
   * Where the slope along s is a tenth of the first one or less. The loss is convex: a sign change
   * has the place in it. Slopes rather than losses, whose differences rounding takes away.
   */
  private double flattest(double[] g, double[] w, double[] s) {
    double first = dot(g, s);
    if (!(first < 0)) {
      return 0;
    }
    double linear = decay * weightsDot(w, s);
    double quadratic = decay * weightsDot(s, s);
    DoubleUnaryOperator slopeAt =
        t -> slope.run(Feed.of(length, Array.scalar(t))).scalar("slope") + linear + t * quadratic;
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double t = 1;
    for (int trial = 0; trial < MOST_TRIALS; trial++) {
      double here = slopeAt.applyAsDouble(t);
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

  private double[] preconditioned(double[] r) {
    return preconditioner.run(feed(r)).get("preconditioned").toDoubles();
  }

  private Feed feed(double[] both) {
    return Feed.of(direction, Array.wrap(direction.shape(), both.clone()));
  }

  private static double[] output(Results results) {
    return results.all().values().iterator().next().toDoubles();
  }

  /** With the derivative of the penalty, of which the bias is free. */
  private double[] penalized(double[] derivative, double[] at) {
    for (int i = 0; i < dimension * classes; i++) {
      derivative[i] += decay * at[i];
    }
    return derivative;
  }

  private double weightsDot(double[] a, double[] b) {
    int weights = dimension * classes;
    return dot(Arrays.copyOf(a, weights), Arrays.copyOf(b, weights));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }

  private static double[] scaled(double factor, double[] a) {
    return Arrays.stream(a).map(value -> factor * value).toArray();
  }

  private static void add(double[] to, double factor, double[] a) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * a[i];
    }
  }
}
