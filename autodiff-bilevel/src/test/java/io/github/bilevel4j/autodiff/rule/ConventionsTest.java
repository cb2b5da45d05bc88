package io.github.bilevel4j.autodiff.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the derivative is taken to be where there is none. */
class ConventionsTest {
  private final Expr x = Expr.variable("x", Array.vector(-1, 0, 1));

  private static double[] gradient(Expr function, Expr point) {
    return Interpreter.atStart().evaluate(Derivatives.gradient(function.sum(), point)).toDoubles();
  }

  @Test
  void equalMaximaShareTheDerivative() {
    Expr matrix = Expr.variable("m", Array.matrix(new double[] {3, 3, 1}, new double[] {2, 5, 2}));
    assertThat(gradient(matrix.maxKeeping(1), matrix)).containsExactly(0.5, 0.5, 0, 0, 1, 0);
    assertThat(gradient(x.times(0).maxKeeping(), x.times(0)))
        .containsExactly(1. / 3, 1. / 3, 1. / 3);
  }

  /** Over no axes each element is its own maximum. */
  @Test
  void maximaOverNoAxesKeepTheDerivative() {
    Reduction maximum = new Reduction(Reduction.Kind.MAX, ImmutableSortedSet.of());
    assertThat(gradient(Expr.of(maximum, x), x)).containsExactly(1, 1, 1);
  }

  @Test
  void equalOperandsShareTheDerivativeInWhicheverOrder() {
    Expr zero = Expr.variable("zero", Array.scalar(0));
    for (Expr larger : List.of(x.maximum(zero), zero.maximum(x))) {
      assertThat(gradient(larger, x)).containsExactly(0, 0.5, 1);
      assertThat(gradient(larger, zero)).containsExactly(1.5);
    }
    for (Expr smaller : List.of(x.minimum(zero), zero.minimum(x))) {
      assertThat(gradient(smaller, x)).containsExactly(1, 0.5, 0);
      assertThat(gradient(smaller, zero)).containsExactly(1.5);
    }
    Expr pair = Expr.variable("pair", Array.vector(2, 2));
    Expr a = pair.at(0, 0);
    Expr b = pair.at(0, 1);
    for (Expr chosen : List.of(a.maximum(b), b.maximum(a), pair.max(), a.minimum(b), pair.min())) {
      assertThat(gradient(chosen, pair)).containsExactly(0.5, 0.5);
    }
    assertThat(gradient(x.maximum(x), x)).containsExactly(1, 1, 1);
    assertThat(gradient(x.maximum(x.negated()), x)).isEqualTo(gradient(x.abs(), x));
  }

  @Test
  void anOperandEqualToANumberHasTheDerivativeZeroAsARectifierHas() {
    Expr zeros = Expr.filled(0, x.shape());
    for (Expr relu :
        List.of(x.relu(), x.maximum(0), Expr.constant(0).maximum(x), zeros.maximum(x))) {
      assertThat(gradient(relu, x)).containsExactly(0, 0, 1);
    }
    assertThat(gradient(x.negated().minimum(0).times(-1), x))
        .usingComparatorWithPrecision(0.0)
        .containsExactly(0, 0, 1);
    assertThat(gradient(x.maximum(-1).minimum(1), x)).containsExactly(0, 1, 0);
    assertThat(gradient(x.minimum(1).maximum(-1), x)).containsExactly(0, 1, 0);
  }

  @Test
  void kinksAtZeroHaveSlopeZero() {
    assertThat(gradient(x.abs(), x)).containsExactly(-1, 0, 1);
    assertThat(gradient(x.relu(), x)).containsExactly(0, 0, 1);
  }

  @Test
  void smallPowersAreSmoothAtZero() {
    assertThat(gradient(Expr.of(new Power(0), x), x)).containsExactly(0, 0, 0);
    assertThat(gradient(Expr.of(new Power(1), x), x)).containsExactly(1, 1, 1);
    assertThat(gradient(x.pow(2), x)).containsExactly(-2, 0, 2);
    assertThat(gradient(x.pow(2).sum().gradient(x), x)).containsExactly(2, 2, 2);
    assertThat(gradient(x.pow(3).sum().gradient(x), x)).containsExactly(-6, 0, 6);
  }

  @Test
  void adjointOfTheBranchNotTakenIsZeroEvenWhereItIsNotANumber() {
    Expr left = Expr.variable("left", Array.vector(0, 0, 0));
    Expr right = Expr.variable("right", Array.vector(0, 0, 0));
    Expr factor = Expr.constant(Array.vector(Double.NaN, Double.POSITIVE_INFINITY, 1));
    Expr chosen = x.greaterThan(0.5).where(left, right).times(factor);
    assertThat(gradient(chosen, left)).containsExactly(0, 0, 1);
    assertThat(gradient(chosen, right)).containsExactly(Double.NaN, Double.POSITIVE_INFINITY, 0);
    Expr larger = x.plus(left).maximum(Expr.constant(0.5)).times(factor);
    assertThat(gradient(larger, left)).containsExactly(0, 0, 1);
  }

  @Test
  void absoluteValueOfZeroHasSlopeZeroEvenForAnInfiniteAdjoint() {
    Expr root = x.abs().sqrt();
    assertThat(gradient(root, x)).containsExactly(-0.5, 0, 0.5);
    assertThat(gradient(root.sum().gradient(x), x)).containsExactly(-0.25, 0, -0.25);
  }

  @Test
  void equalElementsAreSortedByPosition() {
    Expr ties = Expr.variable("ties", Array.vector(2, 1, 2, 1));
    Expr weights = Expr.constant(Array.vector(1, 10, 100, 1000));
    assertThat(gradient(ties.sorted(0).times(weights), ties)).containsExactly(100, 1, 1000, 10);
    assertThat(gradient(ties.topK(1, 0).values(), ties)).containsExactly(1, 0, 0, 0);
  }

  @Test
  void customGradientReplacesTheDerivativeOfEveryOrder() {
    Expr floor = x.floor().withGradientOf(x.pow(3));
    assertThat(Interpreter.atStart().evaluate(floor).toDoubles()).containsExactly(-1, 0, 1);
    assertThat(gradient(floor, x)).containsExactly(3, 0, 3);
    assertThat(gradient(floor.sum().gradient(x), x)).containsExactly(-6, 0, 6);
    assertThat(gradient(x.pow(2).withGradientOf(Expr.filled(0, x.shape())), x))
        .containsExactly(0, 0, 0);
  }

  @Test
  void normOfZeroHasSlopeZeroToSecondOrder() {
    Expr zero = Expr.variable("zero", Array.vector(0, 0));
    assertThat(gradient(zero.norm(), zero)).containsExactly(0, 0);
    assertThat(gradient(zero.norm().gradient(zero), zero)).containsExactly(0, 0);
  }

  /** Where the kink cancels, derivatives are those of the smooth function. */
  @Test
  void powersOfNormsAndAbsoluteValuesAreSmoothAtZero() {
    Expr w = Expr.variable("w", Array.vector(0, 0));
    Expr theta = Expr.variable("theta", Array.scalar(3));
    assertThat(hessian(w.norm().squared(), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.norm().pow(2), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.norm().times(w.norm()), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.norm().times(theta).squared().dividedBy(9), w))
        .containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.norm().squared().plus(w.norm()), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.norm().minus(w.norm().squared()), w)).containsExactly(-2, 0, 0, -2);
    assertThat(hessian(w.norm().pow(3), w)).containsExactly(0, 0, 0, 0);
    assertThat(hessian(w.norm().pow(4).plus(w.norm().squared()), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.norm().times(Expr.constant(Array.vector(1, 2))).squared().sum(), w))
        .containsExactly(10, 0, 0, 10);
    assertThat(hessian(w.squared().guardedSqrt().squared().sum(), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.abs().squared().sum(), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(w.abs().pow(2).mean(), w)).containsExactly(1, 0, 0, 1);
    assertThat(hessian(w.abs().squared().plus(w.abs()).sum(), w)).containsExactly(2, 0, 0, 2);
    assertThat(hessian(Vector.of(ImmutableMap.of("w", w)).norm().squared(), w))
        .containsExactly(2, 0, 0, 2);
  }

  @Test
  void negativeNumbersHaveNoSlopeThroughARootThatCancels() {
    Expr x = Expr.variable("x", Array.vector(-1, 4));
    assertThat(gradient(x.guardedSqrt().squared().sum(), x)).containsExactly(0, 1);
    assertThat(gradient(x.guardedSqrt().norm(0), x)).containsExactly(0, 0.25);
    assertThat(hessian(x.guardedSqrt().pow(4).sum(), x)).containsExactly(0, 0, 0, 2);
  }

  @Test
  void normsOfRowsCancelRowByRow() {
    Expr rows = Expr.variable("rows", Array.matrix(new double[] {0, 0}, new double[] {3, 4}));
    Expr weights = Expr.constant(Array.vector(1, 10));
    double[] smooth = hessian(rows.squared().sum(1).times(weights).sum(), rows);
    assertThat(hessian(rows.norm(1).squared().times(weights).sum(), rows))
        .containsExactly(smooth, within(1e-12));
    Expr column = rows.norm(1).unsqueezed(1);
    Expr spread = column.times(Expr.constant(Array.vector(0.6, 0.8))).squared().sum(1);
    assertThat(hessian(spread.times(weights).sum(), rows)).containsExactly(smooth, within(1e-12));
    // The norm of one row times that of the other is a product of two different factors.
    Expr mixed = rows.norm(1).sum().squared();
    assertThat(gradient(mixed, rows)).containsExactly(new double[] {0, 0, 6, 8}, within(1e-12));
  }

  private static double[] hessian(Expr scalar, Expr point) {
    return Interpreter.atStart().evaluate(Derivatives.hessian(scalar, point)).toDoubles();
  }

  @Test
  void choleskyIsDifferentiatedAlongSymmetricDirections() {
    Expr a = Expr.variable("a", Array.matrix(new double[] {4, 2}, new double[] {2, 5}));
    // log det has the gradient A^-1, a symmetric matrix.
    assertThat(gradient(a.logDeterminant(), a))
        .usingComparatorWithPrecision(1e-14)
        .containsExactly(5. / 16, -2. / 16, -2. / 16, 4. / 16);
  }
}
