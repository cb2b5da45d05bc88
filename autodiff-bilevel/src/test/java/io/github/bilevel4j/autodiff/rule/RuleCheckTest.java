package io.github.bilevel4j.autodiff.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Difference;
import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.autodiff.PrimitiveCase;
import io.github.bilevel4j.autodiff.PrimitiveCase.Behavior;
import io.github.bilevel4j.autodiff.PrimitiveCases;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every rule against differences of values, to third order, and against its own transpose. */
class RuleCheckTest {
  private static final Interpreter START = Interpreter.atStart();

  /** A primitive's node on variables that start at the inputs of a case. */
  private static final class Probe {
    private final PrimitiveCase row;
    private final Draws draws = Draws.seed(11);
    private final ImmutableList<Expr> inputs;
    private final Expr node;
    private final Vector point;

    Probe(PrimitiveCase row) {
      this.row = row;
      ImmutableList.Builder<Expr> variables = ImmutableList.builder();
      for (int i = 0; i < row.inputs().size(); i++) {
        variables.add(Expr.variable("x" + i, row.inputs().get(i)));
      }
      inputs = variables.build();
      node = Expr.of(row.op(), inputs);
      ImmutableMap.Builder<String, Expr> varying = ImmutableMap.builder();
      for (int i = 0; i < inputs.size(); i++) {
        if (!row.fixed().contains(i)) {
          varying.put("x" + i, inputs.get(i));
        }
      }
      point = Vector.of(varying.buildOrThrow());
    }

    /** A direction in which the primitive is differentiable. */
    Vector direction() {
      Vector direction = draws.constantsLike(point);
      return row.behavior() == Behavior.SYMMETRIC
          ? direction.map(v -> v.plus(v.transposed()).times(0.5))
          : direction;
    }

    Difference along(Vector direction) {
      boolean exact = row.behavior() == Behavior.POLYNOMIAL;
      return Difference.along(point, direction, exact ? 1 : 1e-3);
    }

    double tolerance() {
      return row.behavior() == Behavior.POLYNOMIAL ? 1e-12 : 1e-8;
    }
  }

  static List<PrimitiveCase> cases() {
    return PrimitiveCases.ALL;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void derivativesOfEveryOrderAreLimitsOfDifferences(PrimitiveCase row) {
    Probe probe = new Probe(row);
    Expr function = probe.node.dot(Expr.constant(probe.draws.normal(probe.node.shape().toArray())));
    for (int order = 1; order <= 3; order++) {
      Vector gradient = Derivatives.gradient(function, probe.point);
      Vector direction = probe.direction();
      double expected = probe.along(direction).of(function).scalarValue();
      assertThat(value(gradient.dot(direction)))
          .as("order %d", order)
          .isCloseTo(expected, within(probe.tolerance() * scale(function, gradient)));
      function = gradient.dot(probe.direction());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void forwardDerivativeIsTheLimitOfDifferences(PrimitiveCase row) {
    Probe probe = new Probe(row);
    Vector function = Vector.of(ImmutableMap.of("y", probe.node));
    Vector direction = probe.direction();
    Array expected = probe.along(direction).of(probe.node);
    Expr jvp = Derivatives.jvp(function, probe.point, direction).get("y");
    assertThat(START.evaluate(jvp).toDoubles())
        .containsExactly(
            expected.toDoubles(),
            within(probe.tolerance() * scale(probe.node.abs().sum(), function)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void reverseDerivativeIsTheTransposeOfTheForwardOne(PrimitiveCase row) {
    Probe probe = new Probe(row);
    Vector function = Vector.of(ImmutableMap.of("y", probe.node));
    Vector u = probe.draws.constantsLike(function);
    Vector v = probe.direction();
    double forward = value(Derivatives.jvp(function, probe.point, v).dot(u));
    double reverse = value(Derivatives.vjp(function, probe.point, u).dot(v));
    assertThat(reverse).isCloseTo(forward, within(1e-12 * (1 + Math.abs(forward))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void derivativeIsAbsentExactlyWhereThePrimitiveSaysSo(PrimitiveCase row) {
    Probe probe = new Probe(row);
    for (int i = 0; i < probe.inputs.size(); i++) {
      assertThat(Derivatives.reaches(probe.node, probe.inputs.get(i)))
          .as("input %d", i)
          .isEqualTo(row.op().isDifferentiableIn(i));
    }
  }

  private static double scale(Expr function, Vector gradient) {
    return 1
        + Math.abs(value(function))
        + value(gradient.map(Expr::abs).map(g -> g.sum()).dot(ones(gradient)));
  }

  private static Vector ones(Vector vector) {
    return vector.map(component -> Expr.constant(1));
  }

  private static double value(Expr scalar) {
    return START.evaluate(scalar).scalarValue();
  }
}
