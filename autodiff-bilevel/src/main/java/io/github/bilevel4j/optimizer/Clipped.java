package io.github.bilevel4j.optimizer;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;

/**
 * An optimizer whose gradient {@code g} is bounded before it sees it (Pascanu, Mikolov and Bengio,
 * 2013): by its norm, {@code g min(1, limit / ||g||)} with the Euclidean norm of all components
 * together, or each element by itself, {@code max(-limit, min(g, limit))}.
 *
 * <p>Bounding can be differentiated twice wherever the gradient is not exactly at the limit; there,
 * and at zero, it is differentiated as if it changed nothing. What the optimizer adds to the
 * gradient, such as weight decay, is not bounded.
 */
public record Clipped(Optimizer optimizer, Kind kind, double limit) implements Optimizer {

  /** What is bounded. */
  public enum Kind {
    /** The norm of the gradient, which keeps its direction. */
    NORM,
    /** Each element of the gradient. */
    VALUE
  }

  /**
   * Checks the limit.
   *
   * @throws UsageError if the limit is not a positive number
   */
  public Clipped {
    Require.in("clipped").positive("limit", limit);
  }

  /**
   * With a gradient of at most the given Euclidean norm, greater than zero.
   *
   * @throws UsageError if the norm is not a positive number
   */
  public static Clipped norm(double maxNorm, Optimizer optimizer) {
    return new Clipped(optimizer, Kind.NORM, maxNorm);
  }

  /**
   * With a gradient whose elements have at most the given absolute value, greater than zero.
   *
   * @throws UsageError if the value is not a positive number
   */
  public static Clipped value(double max, Optimizer optimizer) {
    return new Clipped(optimizer, Kind.VALUE, max);
  }

  @Override
  public State start(Vector parameters) {
    return optimizer.start(parameters);
  }

  @Override
  public State next(State state, Vector gradient) {
    return optimizer.next(state, clipped(gradient));
  }

  private Vector clipped(Vector gradient) {
    return switch (kind) {
      case NORM -> gradient.times(scale(gradient.norm()));
      case VALUE -> gradient.map(Box.between(-limit, limit)::project);
    };
  }

  /** Not as {@code min(1, limit / norm)}, whose derivative at zero would divide zero by zero. */
  private Expr scale(Expr norm) {
    Expr bound = Expr.constant(limit);
    return bound.dividedBy(bound.maximum(norm));
  }

  @Override
  public ImmutableMap<String, Expr> rates(Expr count) {
    return optimizer.rates(count);
  }

  @Override
  public boolean isStationaryAtFixedPoint() {
    return optimizer.isStationaryAtFixedPoint();
  }

  @Override
  public String description() {
    String what = kind == Kind.NORM ? "gradient norm" : "gradient elements";
    return optimizer.description() + ", " + what + " clipped to " + limit;
  }
}
