package io.github.bilevel4j.losses;

import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * The matrices that a loss was called with, by their roles in its formula: samples as rows. What
 * does not fit is told with all of them as a table.
 */
public final class Operands {
  private final String operation;
  private final ImmutableMap<String, Expr> byRole;

  private Operands(String operation, ImmutableMap<String, Expr> byRole) {
    this.operation = operation;
    this.byRole = byRole;
  }

  /** None yet, of an operation named as the user called it. */
  public static Operands of(String operation) {
    return new Operands(operation, ImmutableMap.of());
  }

  /**
   * With one more.
   *
   * @throws IllegalArgumentException if it is not a matrix
   */
  public Operands and(String role, Expr operand) {
    Embeddings.require(operation, role, operand);
    return new Operands(
        operation,
        ImmutableMap.<String, Expr>builder().putAll(byRole).put(role, operand).buildOrThrow());
  }

  /**
   * With more of the same symbol, which are numbered from one.
   *
   * @throws IllegalArgumentException if one is not a matrix
   */
  public Operands and(String symbol, List<Expr> operands) {
    Operands all = this;
    for (int i = 0; i < operands.size(); i++) {
      all = all.and(symbol + (i + 1), operands.get(i));
    }
    return all;
  }

  /**
   * Fails unless all have the same shape.
   *
   * @throws IllegalArgumentException on behalf of the operation, if they have not
   */
  @CanIgnoreReturnValue
  public Operands requireOneShape() {
    if (byRole.values().stream().map(Expr::shape).distinct().count() > 1) {
      throw mistake("the views differ in shape")
          .maybe("they come from different encoders or different batches.");
    }
    return this;
  }

  /**
   * Fails unless all have rows of the same length.
   *
   * @throws IllegalArgumentException on behalf of the operation, if they have not
   */
  public void requireOneWidth() {
    List<Integer> widths = distinct(operand -> operand.shape().dim(1));
    if (widths.size() > 1) {
      throw mistake("rows differ in length, " + widths.get(0) + " and " + widths.get(1))
          .maybe("all rows should have the length %d of the embeddings.", widths.get(0));
    }
  }

  /**
   * Fails if one holds fewer than two rows, with nothing to tell a sample from.
   *
   * @throws IllegalArgumentException on behalf of the operation, if one does
   */
  @CanIgnoreReturnValue
  public Operands requireTwoImages() {
    int images = Collections.min(distinct(operand -> operand.shape().dim(0)));
    if (images < 2) {
      throw mistake("needs two images or more, got " + images)
          .maybe("the last, incomplete batch of an epoch should be dropped.");
    }
    return this;
  }

  /**
   * Fails if there are fewer than two views of the images.
   *
   * @throws IllegalArgumentException on behalf of the operation, if there are
   */
  @CanIgnoreReturnValue
  public Operands requireTwoViews(int views) {
    if (views < 2) {
      throw mistake("needs two views or more, got " + views)
          .maybe("the other view of the images was forgotten.");
    }
    return this;
  }

  /**
   * Fails unless a setting is a scalar.
   *
   * @param role what it is, for instance {@code tau}
   * @throws IllegalArgumentException on behalf of the operation, if it is not
   */
  public static void requireScalar(String operation, String role, Expr value) {
    if (!value.shape().isScalar()) {
      throw UsageError.in(operation)
          .because("%s is not a scalar", role)
          .row(role, value.label(), value.shape().toString())
          .maybe("one number for all was meant.");
    }
  }

  /** Starts the account of a mistake, with the operands as its table. */
  public UsageError.Message mistake(String reason) {
    UsageError.Message mistake = UsageError.in(operation).because("%s", reason);
    for (Map.Entry<String, Expr> entry : byRole.entrySet()) {
      Expr operand = entry.getValue();
      mistake = mistake.row(entry.getKey(), operand.label(), operand.shape().toString());
    }
    return mistake;
  }

  private List<Integer> distinct(ToIntFunction<Expr> measure) {
    return byRole.values().stream().map(measure::applyAsInt).distinct().toList();
  }
}
