package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Preconditioners, ours and a user's own. */
class PreconditionerTest {
  private static final int D = 24;

  /** Dominated by a diagonal from 1 to 10,000. */
  private static final TestSystem DOMINANT = dominant();

  private static TestSystem dominant() {
    TestSystem system = TestSystem.symmetric(5, D, i -> 0.3 * i / D);
    for (int i = 0; i < D; i++) {
      system.matrix()[i][i] += Math.pow(10, 4.0 * i / (D - 1));
    }
    return system;
  }

  /** The diagonal as a user knows it. */
  private static final class KnownDiagonal implements Preconditioner {
    @Override
    public UnaryOperator<Vector> of(LinearOperator operator, Vector like) {
      double[] inverse = new double[D];
      for (int i = 0; i < D; i++) {
        inverse[i] = 1 / DOMINANT.matrix()[i][i];
      }
      Vector scale = like.unflattened(Expr.constant(TestSystem.array(inverse)));
      return r -> r.zip(scale, Expr::times);
    }

    @Override
    public String description() {
      return "the diagonal";
    }
  }

  /** The number of iterations until the residual is 1e-6 of the right side; 99 if it never is. */
  private static int needed(LinearSolver method, int iterations, Optional<Preconditioner> with) {
    List<Double> residuals =
        new Iterations(method, iterations, D, 0, with).on(DOMINANT).residuals(true);
    for (int k = 0; k < residuals.size(); k++) {
      if (residuals.get(k) <= 1e-6 * residuals.get(0)) {
        return k;
      }
    }
    return 99;
  }

  @Test
  void fewerIterationsOfConjugateGradients() {
    LinearSolver method = ConjugateGradient.steps(20);
    assertThat(needed(method, 20, Optional.empty())).isGreaterThan(18);
    assertThat(needed(method, 20, Optional.of(new KnownDiagonal()))).isLessThan(8);
    assertThat(needed(method, 20, Optional.of(Jacobi.probes(8)))).isLessThan(10);
  }

  @Test
  void fromTheRight() {
    assertThat(needed(BiCgStab.steps(12), 12, Optional.empty())).isGreaterThan(8);
    assertThat(needed(BiCgStab.steps(12), 12, Optional.of(Jacobi.probes(8)))).isLessThan(7);
    assertThat(needed(Gmres.restart(4), 4, Optional.empty())).isEqualTo(99);
    assertThat(needed(Gmres.restart(4), 4, Optional.of(Jacobi.probes(8)))).isLessThan(4);
  }

  /** One probe gives a diagonal operator exactly, and then one iteration is enough. */
  @Test
  void jacobiOfADiagonalMatrixIsItsInverse() {
    TestSystem system = TestSystem.symmetric(1, D, i -> 1);
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < D; j++) {
        system.matrix()[i][j] = i == j ? 1 + i * i : 0;
      }
    }
    double[] solution =
        new Iterations(ConjugateGradient.steps(1), 1, D, 0, Optional.of(Jacobi.probes(1).seed(3)))
            .on(system)
            .solution();
    assertThat(solution).containsExactly(system.solution(), within(1e-14));
  }

  /** Elements of the wrong sign count by their size, and none is smaller than the floor. */
  @Test
  void jacobiIsPositiveDefinite() {
    TestSystem system = TestSystem.symmetric(1, D, i -> 1);
    double[] inverse = new double[D];
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < D; j++) {
        system.matrix()[i][j] = i != j ? 0 : i == 0 ? 0 : -i;
      }
      inverse[i] = 1 / Math.max(i, 0.01 * (D - 1) / 2);
    }
    LinearSolver applied =
        new LinearSolver() {
          @Override
          public Iterate start(LinearSystem of) {
            return Iterate.at(of.preconditioned(of.right()));
          }

          @Override
          public Iterate next(LinearSystem of, Iterate now) {
            return now;
          }

          @Override
          public int iterationsFor(long dimension) {
            return 1;
          }

          @Override
          public String description() {
            return "the preconditioner applied to the right side";
          }
        };
    double[] expected = new double[D];
    for (int i = 0; i < D; i++) {
      expected[i] = inverse[i] * system.right()[i];
    }
    Preconditioner jacobi = Jacobi.probes(2).floor(0.01);
    assertThat(new Iterations(applied, 1, D, 0, Optional.of(jacobi)).on(system).solution())
        .containsExactly(expected, within(1e-12));
  }
}
