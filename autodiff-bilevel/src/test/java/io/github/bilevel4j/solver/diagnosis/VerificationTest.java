package io.github.bilevel4j.solver.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Every verdict, provoked. */
class VerificationTest {
  private static final int N = 6;

  private final Expr w = Expr.variable("w", Array.fill(Shape.of(N), i -> 0.5 + 0.1 * i));
  private final Expr x = Expr.variable("x", Array.fill(Shape.of(N), i -> Math.cos(i)));
  private final Implicit implicit = Implicit.by(ConjugateGradient.steps(20));

  /** {@code sum of c_i w_i^2 / 2 + softplus(w) - <w, x>} inside, c from 1 to 10. */
  private BilevelProblem problem(int steps, HypergradientEstimator hypergradient) {
    return problem(steps, hypergradient, value -> value);
  }

  private BilevelProblem problem(
      int steps, HypergradientEstimator hypergradient, UnaryOperator<Expr> spoilt) {
    Expr c = Expr.constant(Array.fill(w.shape(), i -> 1 + 9.0 * i / (N - 1)));
    return Bilevel.problem("bowl")
        .inner(Variables.of(w))
        .minimize(
            Objective.of("bowl", c.dot(w.squared()).times(0.5))
                .plus("bend", spoilt.apply(w).dot(w.softplus()))
                .minus("slope", 1, w.dot(x)))
        .solvedBy(steps, Sgd.rate(0.1).momentum(0.3))
        .outer(Variables.of(x))
        .minimize(
            Objective.of("size", w.squared().sum().times(0.5)).plus("x", 1e-3, x.squared().sum()))
        .steppedBy(Adam.rate(0.1))
        .differentiatedBy(hypergradient);
  }

  private static Verification verify(BilevelProblem problem) {
    return verify(problem, Precision.FLOAT64);
  }

  private static Verification verify(BilevelProblem problem, Precision precision) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      return BilevelSolver.of(problem, engine).verify(Feed.none());
    }
  }

  @Test
  void aRightHypergradient() {
    Verification verification = verify(problem(200, implicit));
    assertThat(verification.findings()).isEmpty();
    assertThat(verification.isRight()).isTrue();
    assertThat(verification.numbers().get(Verification.ERROR)).isLessThan(1e-8);
    assertThat(verification.numbers().get(Verification.DIFFERENCES)).isLessThan(1e-6);
    assertThat(verification.reference()).isEqualTo("exact adjoint at the inner minimum");
    assertThat(verification.toString()).endsWith("verdict\n    The hypergradient is right.\n");
  }

  @Test
  void inSinglePrecisionToo() {
    assertThat(verify(problem(200, implicit), Precision.FLOAT32).findings()).isEmpty();
    assertThat(verify(problem(3, Unrolled.exact()), Precision.FLOAT32).findings()).isEmpty();
  }

  @Test
  void tooFewInnerSteps() {
    Verification verification = verify(problem(3, implicit));
    assertThat(verification.findings())
        .singleElement()
        .asString()
        .matches(
            "The inner problem has not converged, which costs \\d+ %: \\d\\d inner steps would"
                + " do\\.");
  }

  @Test
  void tooFewIterations() {
    Verification verification = verify(problem(200, Implicit.by(ConjugateGradient.steps(2))));
    assertThat(verification.findings())
        .singleElement()
        .asString()
        .matches(
            "The linear solver stops too early, which costs [\\d.]+ %: [345] iterations would do\\.");
    assertThat(verification.numbers().get(Verification.ERROR))
        .isCloseTo(verification.numbers().get(Verification.TRUNCATION), within(1e-6));
  }

  @Test
  void aSeriesThatDiverges() {
    Verification verification =
        verify(problem(200, Implicit.by(NeumannSeries.terms(5).stepSize(0.3))));
    assertThat(verification.findings())
        .singleElement()
        .asString()
        .endsWith("it does not converge; damping, or another method, would help.");
  }

  @Test
  void damping() {
    Verification verification = verify(problem(200, implicit.damping(0.3)));
    assertThat(verification.findings())
        .singleElement()
        .asString()
        .matches("Damping 0\\.3 biases by [\\d.]+ %: less of it would do\\.");
  }

  @Test
  void firstOrder() {
    Verification verification = verify(problem(3, Unrolled.firstOrder()));
    assertThat(verification.reference()).isEqualTo("derivative through the 3 inner steps");
    assertThat(verification.findings())
        .singleElement()
        .asString()
        .matches(
            "The estimate is biased by construction: [\\d.]+ % off, cosine 0\\.\\d\\d\\."
                + " Unrolled\\.exact\\(\\) is not\\.");
  }

  @Test
  void exactlyUnrolled() {
    Verification verification = verify(problem(3, Unrolled.exact()));
    assertThat(verification.findings()).isEmpty();
    assertThat(verification.numbers().get(Verification.ERROR)).isLessThan(1e-12);
    assertThat(verification.numbers().get(Verification.DIFFERENCES)).isLessThan(1e-6);
  }

  @Test
  void theFixedPoint() {
    assertThat(verify(problem(300, FixedPoint.terms(200))).findings()).isEmpty();
    assertThat(verify(problem(300, FixedPoint.terms(3))).findings())
        .singleElement()
        .asString()
        .startsWith("The linear solver stops too early");
  }

  /** A weight of the bend that depends on w, hidden from differentiation. */
  @Test
  void aGradientThatIsNotTheObjectives() {
    Verification verification = verify(problem(200, implicit, Expr::detached));
    assertThat(verification.findings())
        .anySatisfy(
            finding ->
                assertThat(finding)
                    .matches(
                        "The inner gradient is \\S+ along a direction, but \\S+ by differences: a"
                            + " detached\\(\\), a comparison or a kink hides a dependence\\."));
  }

  @Test
  void noMinimum() {
    Expr y = Expr.variable("y", Array.vector(0.1, 0.2));
    Expr z = Expr.variable("z", Array.vector(0.5, 0.5));
    Expr bent = Expr.constant(Array.vector(1, -1)).dot(y.squared());
    BilevelProblem saddle =
        Bilevel.problem("saddle")
            .inner(Variables.of(y))
            .minimize(Objective.of("saddle", bent).plus("slope", y.dot(z)))
            .solvedBy(1, Sgd.rate(0.1))
            .outer(Variables.of(z))
            .minimize(Objective.of("size", y.squared().sum()))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(1)).damping(3));
    assertThat(verify(saddle).findings().get(0))
        .matches(
            "The inner Hessian has curvature -\\S+ along a direction: the inner solution is not a"
                + " minimum\\. More inner steps, or a greater weight in near\\(\\.\\.\\.\\), would"
                + " help\\.");
  }

  @Test
  void theStateIsAsBefore() {
    List<HypergradientEstimator> estimators =
        List.of(
            Implicit.by(ConjugateGradient.steps(2)).warmStarted(true).damping(0.2),
            FixedPoint.terms(4),
            Unrolled.firstOrder());
    for (HypergradientEstimator estimator : estimators) {
      assertThat(trajectory(estimator, true))
          .as(estimator.description())
          .isEqualTo(trajectory(estimator, false));
    }
  }

  private List<ImmutableMap<Expr, Array>> trajectory(
      HypergradientEstimator estimator, boolean verified) {
    List<ImmutableMap<Expr, Array>> values = new ArrayList<>();
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem(2, estimator), engine);
      for (int k = 0; k < 3; k++) {
        solver.step(Feed.none());
        if (verified && k == 1) {
          assertThat(solver.verify(Feed.none()).isRight()).isFalse();
        }
        values.add(engine.read(List.of(w, x)));
      }
    }
    return values;
  }

  @Test
  void aPage() {
    assertThat(verify(problem(5, Implicit.by(ConjugateGradient.steps(2)).damping(0.2))).toString())
        .isEqualTo(
            """
            verification of "bowl"
                hypergradient            implicit, conjugate gradient, at most 2 iterations, tolerance 1.0E-10, damping 0.2
                reference                exact adjoint at the inner minimum
              relative errors
                error                    22 %
                cosine                   0.977
                of the inner solution    26 %
                reference by differences 0 %
                of the linear solve      16 %
                of the damping           7.3 %
              verdict
                The linear solver stops too early, which costs 16 %: 4 iterations would do.
                Damping 0.2 biases by 7.3 %: less of it would do.
                The inner problem has not converged, which costs 26 %: 20 inner steps would do.
            """);
  }
}
