package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A factorization that fails tells whether a branch was computed. */
class CondTest {
  private final Expr chosen = Expr.input("chosen");
  private final Expr matrix = Expr.variable("matrix", Array.of(Shape.of(2, 2), -1, 0, 0, -1));
  private final Expr failing = matrix.cholesky().sum();
  private final Expr x = Expr.variable("x", Array.vector(0.5, -2));
  private Engine engine;

  @BeforeEach
  void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Program compiled(Expr value) {
    return engine.compile(Step.named("step").output("value", value));
  }

  private Array value(Expr value, double choice) {
    return compiled(value).run(Feed.of(chosen, Array.scalar(choice))).get("value");
  }

  private void assertFails(Expr value, double choice) {
    assertThatThrownBy(() -> value(value, choice))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("a matrix is not positive definite");
  }

  @Test
  void onlyTheChosenBranchIsComputed() {
    Expr either = Expr.cond(chosen, failing, x.sum());
    assertThat(value(either, 0)).isEqualTo(Array.scalar(-1.5));
    assertFails(either, 1);
    Expr opposite = Expr.cond(chosen, x.sum(), failing);
    assertThat(value(opposite, 2)).isEqualTo(Array.scalar(-1.5));
    assertFails(opposite, 0);
  }

  @Test
  void onlyTheChosenBranchsDerivativesAreComputed() {
    // The gradient of the failing branch uses the factor, which is then not computed either.
    Expr scale = x.sum();
    Expr either = Expr.cond(chosen, failing.times(scale.squared()), scale.squared());
    Expr gradient = either.gradient(x);
    assertThat(value(gradient, 0)).isEqualTo(Array.vector(-3, -3));
    assertFails(gradient, 1);
    assertThat(value(either.gradient(matrix), 0)).isEqualTo(Array.of(Shape.of(2, 2), 0, 0, 0, 0));
    assertFails(either.gradient(matrix), 1);
    Expr second = gradient.squared().sum().gradient(x);
    assertThat(value(second, 0)).isEqualTo(Array.vector(-24, -24));
    assertFails(second, 1);
  }

  @Test
  void whatOthersUseTooIsComputed() {
    Expr either = Expr.cond(chosen, failing, x.sum());
    assertFails(either.plus(failing), 0);
    assertFails(Expr.cond(chosen, failing, failing.plus(1)), 0);
  }

  @Test
  void conditionsOfOnePredicateShareABranch() {
    Expr first = Expr.cond(chosen, failing, x.sum());
    Expr second = Expr.cond(chosen, failing.exp(), x.sum().squared());
    assertThat(value(first.plus(second), 0)).isEqualTo(Array.scalar(0.75));
  }

  @Test
  void conditionsNest() {
    Expr inner = Expr.cond(x.max().greaterThan(Expr.constant(1)), failing, x.sum());
    Expr outer = Expr.cond(chosen, inner.times(2), Expr.constant(7));
    assertThat(value(outer, 0)).isEqualTo(Array.scalar(7));
    assertThat(value(outer, 1)).isEqualTo(Array.scalar(-3));
    assertThat(value(outer.gradient(x), 1)).isEqualTo(Array.vector(2, 2));
    assertThat(value(outer.gradient(x), 0)).isEqualTo(Array.vector(0, 0));
    engine.write(x, Array.vector(1.5, 0));
    assertThat(value(outer, 0)).isEqualTo(Array.scalar(7));
    assertFails(outer, 1);
  }

  @Test
  void constantsAndLeavesAreBranches() {
    assertThat(value(Expr.cond(chosen, x, Expr.filled(3, Shape.of(2))), 0))
        .isEqualTo(Array.vector(3, 3));
    assertThat(value(Expr.cond(chosen, x, Expr.filled(3, Shape.of(2))), 1))
        .isEqualTo(Array.vector(0.5, -2));
    assertThat(value(Expr.cond(chosen, Expr.constant(4), Expr.constant(5)), 1))
        .isEqualTo(Array.scalar(4));
    assertThat(value(Expr.cond(chosen, chosen, chosen.plus(1)), 0)).isEqualTo(Array.scalar(1));
    assertThat(value(Expr.cond(chosen, x.greaterThan(Expr.constant(0)), x.heaviside()), 1))
        .isEqualTo(Array.vector(1, 0));
  }

  @Test
  void variablesAreUpdatedByTheChosenBranch() {
    Program step =
        engine.compile(
            Step.named("update").updating(x, Expr.cond(chosen, x.times(2), x.plus(failing))));
    step.run(Feed.of(chosen, Array.scalar(1)));
    assertThat(engine.read(x)).isEqualTo(Array.vector(1, -4));
    assertThatThrownBy(() -> step.run(Feed.of(chosen, Array.scalar(0))))
        .isInstanceOf(UsageError.class);
    assertThat(engine.read(x)).isEqualTo(Array.vector(1, -4));
  }

  @Test
  void derivativesAreThoseOfWhere() {
    Draws draws = Draws.seed(4);
    Expr w = Expr.variable("w", draws.normal(3, 3));
    Expr z = Expr.variable("z", draws.normal(4, 3));
    Variables variables = Variables.of(w, z);
    Vector direction =
        variables.vector().map(v -> Expr.constant(draws.normal(v.shape().toArray())));
    Expr predicate = z.sum().greaterThan(Expr.constant(0));
    for (Expr p : new Expr[] {predicate, Expr.constant(1).minus(predicate)}) {
      Expr cond = composed((a, b) -> Expr.cond(p, a, b), z, w);
      Expr where = composed((a, b) -> p.where(a, b), z, w);
      Vector expected = Derivatives.hvp(where, variables.vector(), direction);
      Vector got = Derivatives.hvp(cond, variables.vector(), direction);
      for (Expr difference : got.minus(expected).components().values()) {
        assertThat(value(difference.abs().max().plus(chosen.times(0)), 0).scalarValue())
            .isCloseTo(0, within(1e-12));
      }
      Expr size = expected.dot(expected).plus(chosen.times(0));
      assertThat(value(size, 0).scalarValue()).isGreaterThan(1e-3);
    }
  }

  /** A function with a part before the condition, two inside that share some of it, one after. */
  private static Expr composed(BinaryOperator<Expr> either, Expr z, Expr w) {
    Expr hidden = z.matmul(w).tanh();
    Expr shared = hidden.squared();
    Expr left = either.apply(shared.matmul(w).sum(), shared.exp().sum().times(w.sum()));
    Expr right = either.apply(hidden.sum().sin(), either.apply(w.squared().sum(), z.sum()));
    return left.times(right).tanh().plus(hidden.sum());
  }
}
