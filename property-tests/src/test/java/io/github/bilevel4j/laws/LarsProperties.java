package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Lars;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Steps of LARS for a matrix and a bias. */
class LarsProperties {
  private static final double RATE = 0.3;
  private static final double TRUST = 0.02;

  private static Vector vector(Array matrix, Array bias) {
    return Vector.of(ImmutableMap.of("matrix", Expr.constant(matrix), "bias", Expr.constant(bias)));
  }

  private static Array scaled(double factor, Array array) {
    return Array.fill(array.shape(), i -> factor * array.at(i));
  }

  /** What two steps along the same gradient change. */
  private static Map<String, Array> change(Optimizer optimizer, Vector p, Vector g) {
    Optimizer.State state = optimizer.start(p);
    for (int step = 0; step < 2; step++) {
      state = optimizer.next(state, g);
    }
    return Evaluation.of(state.parameters().minus(p).components());
  }

  /** A gradient of another length moves a matrix by the same step, and a bias by another. */
  @Property(seed = "234", tries = 10)
  void stepsDoNotDependOnTheLengthOfGradients(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Vector p = vector(draws.normal(3, 4), draws.normal(5));
    Array matrix = draws.normal(3, 4);
    Array bias = draws.normal(5);
    for (Lars lars : new Lars[] {Lars.facebook(RATE), Lars.solo(RATE)}) {
      Optimizer optimizer = lars.trust(TRUST);
      Map<String, Array> once = change(optimizer, p, vector(matrix, bias));
      Map<String, Array> longer =
          change(optimizer, p, vector(scaled(1000, matrix), scaled(1000, bias)));
      // The solo variant adds 1e-8 to the norm of the gradient.
      assertClose(longer.get("matrix"), once.get("matrix"), 1e-8);
      assertClose(longer.get("bias"), scaled(1000, once.get("bias")));
    }
  }

  /** The first step has {@code rate trust} times the length of the matrix. */
  @Property(seed = "235", tries = 10)
  void firstStepsAreInProportionToTheirVariables(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array matrix = draws.normal(3, 4);
    Vector p = vector(matrix, draws.normal(5));
    Vector g = vector(draws.normal(3, 4), draws.normal(5));
    for (Lars lars : new Lars[] {Lars.facebook(RATE), Lars.solo(RATE)}) {
      Optimizer optimizer = lars.trust(TRUST);
      Expr step = optimizer.next(optimizer.start(p), g).parameters().minus(p).get("matrix").norm();
      assertThat(Evaluation.scalar(step))
          .isCloseTo(RATE * TRUST * Math.sqrt(Rows.dot(matrix, matrix)), within(1e-8));
    }
  }

  /** Excluded variables move as by momentum, without decay. */
  @Property(seed = "236", tries = 10)
  void excludedVariablesMoveByMomentum(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Vector p = vector(draws.normal(3, 4), draws.normal(5));
    Vector g = vector(draws.normal(3, 4), draws.normal(5));
    Map<String, Array> momentum = change(Sgd.rate(RATE).momentum(0.9), p, g);
    Lars decaying = Lars.facebook(RATE).weightDecay(0.1).trust(TRUST);
    assertClose(change(decaying, p, g).get("bias"), momentum.get("bias"));
    Map<String, Array> byName = change(decaying.excluding(name -> name.equals("matrix")), p, g);
    assertClose(byName.get("matrix"), momentum.get("matrix"));
    assertThat(Rows.difference(byName.get("bias"), momentum.get("bias"))).isGreaterThan(1e-6);
  }

  /** Clipped, a step along a short gradient is that of momentum; along a long one, that of LARS. */
  @Property(seed = "237", tries = 10)
  void clippedStepsAreNoLongerThanThoseOfMomentum(@ForAll long seed, @ForAll boolean small) {
    Draws draws = Draws.seed(seed);
    Vector p = vector(draws.normal(3, 4), draws.normal(5));
    Vector g = vector(scaled(small ? 1e-3 : 1e3, draws.normal(3, 4)), draws.normal(5));
    Lars lars = Lars.solo(RATE).trust(TRUST);
    // Clipped, the ratio is divided by the rate: the step is trust |p| long, whatever the rate.
    Optimizer expected = small ? Sgd.rate(RATE).momentum(0.9) : Lars.solo(RATE).trust(TRUST / RATE);
    assertClose(
        change(lars.clipped(true), p, g).get("matrix"), change(expected, p, g).get("matrix"));
  }

  /** A variable or a gradient that is zero has finite steps and derivatives. */
  @Property(seed = "238", tries = 4)
  void zerosAreNoDivisors(@ForAll boolean zeroVariable, @ForAll boolean solo) {
    Array zero = Array.fill(Shape.of(2, 2), i -> 0);
    Array one = Array.fill(zero.shape(), i -> 1);
    Expr p = Expr.variable("p", zeroVariable ? zero : one);
    Expr g = Expr.variable("g", zeroVariable ? one : zero);
    Optimizer lars = (solo ? Lars.solo(RATE) : Lars.facebook(RATE)).weightDecay(0.01);
    Expr next =
        lars.next(lars.start(Vector.of(Map.of("p", p))), Vector.of(Map.of("p", g)))
            .parameters()
            .get("p");
    Map<String, Array> values =
        Evaluation.of(
            Map.of("next", next, "by p", next.sum().gradient(p), "by g", next.sum().gradient(g)));
    values.values().forEach(v -> assertThat(v.toDoubles()).doesNotContain(Double.NaN));
  }
}
