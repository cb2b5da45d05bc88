package io.github.bilevel4j.solver.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** An estimator that this library does not know is run, explained, diagnosed and verified. */
class UserEstimatorTest {
  private static final double RATE = 0.1;

  /** The derivative through one step of gradient descent, times a factor. */
  private record OneStep(double factor) implements HypergradientEstimator {
    @Override
    public Differentiation differentiation(InnerLevel inner) {
      return Differentiation.STEPS;
    }

    @Override
    public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
      Variables inner = problem.inner().variables();
      Expr g = problem.inner().objective().total();
      Vector stepped = inner.vector().minus(Derivatives.gradient(g, inner.vector()).times(RATE));
      Expr outer = problem.outer().objective().total().substitute(inner, stepped);
      Vector h = Derivatives.gradient(outer, problem.outer().variables().vector()).times(factor);
      return new Compiled(stepped, h);
    }

    @Override
    public String description() {
      return "one step, times " + factor;
    }
  }

  private record Compiled(Vector innerSolution, Vector hypergradient) implements CompiledEstimator {
    @Override
    public ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds) {
      return ImmutableMap.of();
    }

    @Override
    public void restore() {}

    @Override
    public ImmutableList<Stage> stages() {
      return ImmutableList.of();
    }
  }

  private final Expr w = Expr.variable("w", Array.vector(1, -2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.25));

  private BilevelProblem problem(double factor) {
    return Bilevel.problem("user's")
        .inner(Variables.of(w))
        .minimize(Objective.of("g", w.minus(x).squared().sum()))
        .solvedBy(1, Sgd.rate(RATE))
        .outer(Variables.of(x))
        .minimize(Objective.of("f", w.squared().sum()))
        .steppedBy(Sgd.rate(0.1))
        .differentiatedBy(new OneStep(factor));
  }

  @Test
  void itIsExplainedDiagnosedAndVerified() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver right = BilevelSolver.of(problem(1), engine);
      assertThat(right.explain().method()).isEqualTo("one step, times 1.0");
      assertThat(right.explain().path()).isEqualTo("the estimator's own");
      assertThat(right.diagnose(Feed.none()).errors().total()).isPresent();
      assertThat(right.verify(Feed.none()).numbers().get(Verification.ERROR)).isLessThan(1e-12);
      assertThat(right.step(Feed.none())).containsKey("hypergradient norm");
      Verification wrong = BilevelSolver.of(problem(2), engine).verify(Feed.none());
      assertThat(wrong.numbers().get(Verification.ERROR)).isBetween(0.99, 1.01);
      assertThat(wrong.isRight()).isFalse();
    }
  }
}
