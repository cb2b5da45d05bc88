package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of a case computed anew, by the paths of the expected ones. A path may be computed in
 * more than one way; values of which the case expects nothing are left out.
 */
public final class Computed {
  private final GoldenCase golden;
  private final Engine engine;
  private final List<Comparison> comparisons = new ArrayList<>();
  private final Map<String, Expr> pending = new LinkedHashMap<>();

  Computed(GoldenCase golden, Engine engine) {
    this.golden = golden;
    this.engine = engine;
  }

  /** The value at a path. */
  @CanIgnoreReturnValue
  public Computed put(String path, Array actual) {
    return put(path, actual, Measure.whole());
  }

  /** The scalar at a path. */
  @CanIgnoreReturnValue
  public Computed put(String path, double actual) {
    return put(path, Array.scalar(actual));
  }

  /** The value at a path, compared in a way of its own. */
  @CanIgnoreReturnValue
  public Computed put(String path, Array actual, Measure measure) {
    Array expected = golden.expected().get(path);
    if (expected != null) {
      comparisons.add(new Comparison(path, expected, actual, measure));
    }
    return this;
  }

  /**
   * An expression whose value belongs at a path; {@link #evaluate} computes all of them at once.
   */
  @CanIgnoreReturnValue
  public Computed put(String path, Expr expression) {
    if (golden.expected().containsKey(path)) {
      pending.put(path, expression);
    }
    return this;
  }

  /**
   * The derivatives of a scalar by the inputs of the same names, for each array expected directly
   * below a path.
   */
  @CanIgnoreReturnValue
  public Computed putGradients(String path, Expr scalar, Map<String, Expr> points) {
    for (String name : golden.expectedBelow(path)) {
      Expr point = points.get(name);
      if (point != null) {
        put(path + "/" + name, scalar.gradient(point));
      }
    }
    return this;
  }

  /** Evaluates what was put as expressions. */
  @CanIgnoreReturnValue
  public Computed evaluate() {
    Evaluation.on(engine, pending).forEach((path, value) -> put(path, value));
    pending.clear();
    return this;
  }

  /** All comparisons with expected values. */
  ImmutableList<Comparison> comparisons() {
    if (!pending.isEmpty()) {
      evaluate();
    }
    return ImmutableList.copyOf(comparisons);
  }
}
