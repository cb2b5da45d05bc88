package io.github.bilevel4j.optimizer;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/**
 * The points without negative elements that have a given sum: all elements together, or each row,
 * the elements along the last axis.
 *
 * <p>The projection is exact (Duchi, Shalev-Shwartz, Singer and Chandra, 2008): {@code max(u - tau,
 * 0)} with
 *
 * <pre>
 * tau = max_k ((s_1 + ... + s_k) - total) / k,   s = u in descending order.
 * </pre>
 *
 * It is differentiable except where an element just reaches zero.
 */
public record Simplex(double total, boolean rows) implements Constraint {

  /**
   * Checks the sum.
   *
   * @throws UsageError if the sum is not a positive number
   */
  public Simplex {
    Require.in("simplex").positive("sum", total);
  }

  /**
   * With the given sum of all elements, greater than zero.
   *
   * @throws UsageError if the sum is not a positive number
   */
  public static Simplex total(double total) {
    return new Simplex(total, false);
  }

  /**
   * With the given sum of each row, greater than zero: the elements along the last axis.
   *
   * @throws UsageError if the sum is not a positive number
   */
  public static Simplex ofRows(double total) {
    return new Simplex(total, true);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UsageError if rows are to be projected and the component is a scalar
   */
  @Override
  public Expr project(Expr component) {
    if (!rows) {
      return projectedRows(component.reshape(-1)).reshape(component.shape());
    }
    if (component.shape().isScalar()) {
      throw UsageError.in("simplex")
          .because("a scalar has no rows")
          .row("component", component.label(), component.shape().toString())
          .maybe("Simplex.total(%s) was meant.", total);
    }
    return projectedRows(component);
  }

  private Expr projectedRows(Expr x) {
    // Moving all elements of a row alike changes nothing, and near zero their sums are exact.
    Expr u = x.minus(x.maxKeeping(-1).detached());
    int n = u.shape().dim(-1);
    Expr sums = u.topK(n, -1).values().cumsum(-1);
    Expr tau = sums.minus(total).dividedBy(Expr.range(n).plus(1)).maxKeeping(-1);
    return u.minus(tau).relu();
  }

  @Override
  public String description() {
    return "the simplex with " + (rows ? "row sums " : "sum ") + total;
  }
}
