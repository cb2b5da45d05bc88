package io.github.bilevel4j.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Difference;
import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Projections give the nearest point of their set. */
class ConstraintProperties {
  private static final Interpreter START = Interpreter.atStart();
  private static final int ROWS = 3;
  private static final int SIZE = 5;

  @Provide
  Arbitrary<Constraint> constraints() {
    return Arbitraries.of(
        Box.between(-0.5, 0.25),
        Box.between(1, 1),
        Box.atLeast(0.5),
        Box.atMost(-0.5),
        Box.atLeast(Double.NEGATIVE_INFINITY),
        Simplex.total(1),
        Simplex.total(7.5),
        Simplex.ofRows(1),
        Simplex.ofRows(0.01),
        Simplex.ofRows(40));
  }

  private static Array projected(Constraint constraint, Array point) {
    return START.evaluate(constraint.project(Expr.constant(point)));
  }

  private static Array point(long seed) {
    return Draws.seed(seed).normal(ROWS, SIZE);
  }

  private static double violation(Constraint constraint, Array point) {
    double[] x = point.toDoubles();
    if (constraint instanceof Box box) {
      return Arrays.stream(x).map(e -> Math.max(box.low() - e, e - box.high())).max().orElse(0);
    }
    Simplex simplex = (Simplex) constraint;
    int length = simplex.rows() ? SIZE : ROWS * SIZE;
    double worst = -Arrays.stream(x).min().orElse(0);
    for (int from = 0; from < x.length; from += length) {
      double sum = Arrays.stream(x, from, from + length).sum();
      worst = Math.max(worst, Math.abs(sum - simplex.total()));
    }
    return worst;
  }

  @Property(seed = "41", tries = 60)
  void areInTheSet(@ForAll("constraints") Constraint constraint, @ForAll long seed) {
    assertThat(violation(constraint, projected(constraint, point(seed)))).isLessThan(1e-13);
  }

  @Property(seed = "42", tries = 60)
  void leavePointsOfTheSet(@ForAll("constraints") Constraint constraint, @ForAll long seed) {
    Array once = projected(constraint, point(seed));
    assertThat(projected(constraint, once).toDoubles())
        .containsExactly(once.toDoubles(), within(1e-13));
  }

  /** {@code <x - p, y - p> <= 0} for all y in the set: no point is nearer to x than p. */
  @Property(seed = "43", tries = 60)
  void areNearest(@ForAll("constraints") Constraint constraint, @ForAll long seed) {
    Array x = point(seed);
    Array p = projected(constraint, x);
    Draws draws = Draws.seed(seed + 1);
    for (int i = 0; i < 20; i++) {
      Array y = projected(constraint, draws.normal(ROWS, SIZE));
      double product = 0;
      for (int k = 0; k < x.size(); k++) {
        product += (x.at(k) - p.at(k)) * (y.at(k) - p.at(k));
      }
      assertThat(product).isLessThan(1e-12);
    }
  }

  @Property(seed = "44", tries = 40)
  void derivativesAreLimitsOfDifferences(
      @ForAll("constraints") Constraint constraint, @ForAll long seed) {
    Expr x = Expr.variable("x", point(seed));
    Vector at = Vector.of(ImmutableMap.of("x", x));
    Draws draws = Draws.seed(seed + 1);
    Vector direction = draws.constantsLike(at);
    Expr function = constraint.project(x).dot(Expr.constant(draws.normal(ROWS, SIZE)));
    double expected = Difference.along(at, direction, 1e-7).of(function).scalarValue();
    Expr derivative = Derivatives.gradient(function, at).dot(direction);
    assertThat(START.evaluate(derivative).scalarValue()).isCloseTo(expected, within(1e-6));
  }

  @Property(seed = "45", tries = 20)
  void simplexDoesNotSeeAShiftOfAllElements(@ForAll long seed) {
    Array x = point(seed);
    Array shifted = Array.fill(x.shape(), i -> x.at(i) + (1 << 20));
    assertThat(projected(Simplex.ofRows(1), shifted).toDoubles())
        .containsExactly(projected(Simplex.ofRows(1), x).toDoubles(), within(1e-9));
  }

  @Example
  void equalElementsShareTheSumAndTheDerivative() {
    Expr x = Expr.variable("x", Array.vector(2, 2, 2, -5));
    Expr p = Simplex.total(1).project(x);
    assertThat(START.evaluate(p).toDoubles())
        .containsExactly(new double[] {1. / 3, 1. / 3, 1. / 3, 0}, within(1e-15));
    assertThat(START.evaluate(Derivatives.gradient(p.at(0, 0), x)).toDoubles())
        .containsExactly(new double[] {2. / 3, -1. / 3, -1. / 3, 0}, within(1e-15));
  }

  @Example
  void aSimplexOfOneElementIsAPoint() {
    assertThat(projected(Simplex.total(3), Array.scalar(-8))).isEqualTo(Array.scalar(3));
  }
}
