package io.github.bilevel4j.autodiff.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.shape.Array;
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

  @Test
  void largerAndSmallerOfEqualsIsTheLeftOne() {
    Expr zero = Expr.variable("zero", Array.scalar(0));
    assertThat(gradient(x.maximum(zero), x)).containsExactly(0, 1, 1);
    assertThat(gradient(x.maximum(zero), zero)).containsExactly(1);
    assertThat(gradient(x.minimum(zero), x)).containsExactly(1, 1, 0);
    assertThat(gradient(x.minimum(zero), zero)).containsExactly(1);
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

  @Test
  void choleskyIsDifferentiatedAlongSymmetricDirections() {
    Expr a = Expr.variable("a", Array.matrix(new double[] {4, 2}, new double[] {2, 5}));
    // log det has the gradient A^-1, a symmetric matrix.
    assertThat(gradient(a.logDeterminant(), a))
        .usingComparatorWithPrecision(1e-14)
        .containsExactly(5. / 16, -2. / 16, -2. / 16, 4. / 16);
  }
}
