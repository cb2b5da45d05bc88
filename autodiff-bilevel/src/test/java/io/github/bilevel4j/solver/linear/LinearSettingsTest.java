package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What methods are called, and what a user reads whose settings make no sense. */
class LinearSettingsTest {
  private static void assertRefused(ThrowingCallable settings, String message) {
    assertThatIllegalArgumentException().isThrownBy(settings).withMessage(message);
  }

  @Test
  void iterations() {
    assertRefused(
        () -> Minres.steps(0),
        """
        MINRES: the number of iterations must be 1 or more, got 0.""");
    assertRefused(
        () -> NormalEquations.steps(-1),
        """
        conjugate gradient on the normal equations: the number of iterations must be 1 or more, got -1.""");
    assertRefused(
        () -> BiCgStab.steps(0),
        """
        BiCGSTAB: the number of iterations must be 1 or more, got 0.""");
    assertRefused(
        () -> Gmres.restart(5).cycles(0),
        """
        GMRES: the number of iterations must be 1 or more, got 0.""");
    assertRefused(
        () -> Gmres.restart(0),
        """
        GMRES: the number of directions in a cycle must be 1 or more, got 0.""");
    assertRefused(
        () -> Automatic.symmetric().products(0),
        """
        automatic choice: the number of products must be 1 or more, got 0.""");
  }

  @Test
  void tolerances() {
    String advice = ": the tolerance must be in [0, 1), got -0.1.";
    assertRefused(() -> Minres.steps(1).tolerance(-0.1), "MINRES" + advice);
    assertRefused(() -> BiCgStab.steps(1).tolerance(-0.1), "BiCGSTAB" + advice);
    assertRefused(() -> Gmres.restart(1).tolerance(-0.1), "GMRES" + advice);
    assertRefused(
        () -> NormalEquations.steps(1).tolerance(-0.1),
        "conjugate gradient on the normal equations" + advice);
    assertRefused(() -> Automatic.general().tolerance(-0.1), "automatic choice" + advice);
    assertRefused(
        () -> ConjugateGradient.steps(5).tolerance(1),
        """
        conjugate gradient: the tolerance must be in [0, 1), got 1.0.""");
  }

  @Test
  void nystrom() {
    assertRefused(
        () -> Nystrom.rank(0),
        """
        Nystrom: the number of directions must be 1 or more, got 0.""");
    assertRefused(
        () -> Nystrom.rank(5).damping(0),
        """
        Nystrom: the damping must be positive, got 0.0.""");
  }

  @Test
  void scaledIdentity() {
    assertRefused(
        () -> ScaledIdentity.scale(-1),
        """
        scaled identity: the scale must be positive, got -1.0.""");
  }

  @Test
  void jacobi() {
    assertRefused(
        () -> Jacobi.probes(0),
        """
        Jacobi preconditioner: the number of probes must be 1 or more, got 0.""");
    assertRefused(
        () -> Jacobi.probes(1).floor(0),
        """
        Jacobi preconditioner: the floor is not between 0 and 1, 0.0.
        Maybe 1e-4 was meant: it keeps the preconditioner positive definite.""");
  }

  @Test
  void denseLimit() {
    Vector right =
        Vector.of(ImmutableMap.of("b", Expr.variable("b", Shape.of(120, 50), Initializer.zeros())));
    LinearSystem system = LinearSystem.of(v -> v, right);
    assertRefused(
        () -> DirectSolver.lu().start(system),
        """
        dense solve: dimension 6000 is above the limit 5000.
          method  dense LU
          matrix  3.60e+07 elements
        Maybe ConjugateGradient.steps(...) was meant, or limit(6000) if the matrix fits in memory.""");
    assertThat(DirectSolver.lu().limit(6000).iterationsFor(6000)).isEqualTo(6000);
    assertRefused(
        () -> DirectSolver.cholesky().limit(30).iterationsFor(40),
        """
        dense solve: dimension 40 is above the limit 30.
          method  dense Cholesky
          matrix  1.60e+03 elements
        Maybe ConjugateGradient.steps(...) was meant, or limit(40) if the matrix fits in memory.""");
    assertRefused(
        () -> DirectSolver.cholesky().limit(0),
        """
        dense solve: the number of dimensions allowed must be 1 or more, got 0.""");
  }

  @Test
  void descriptions() {
    assertThat(Minres.steps(7).tolerance(0).description())
        .isEqualTo("MINRES, at most 7 iterations");
    assertThat(NormalEquations.steps(1).description())
        .isEqualTo(
            "conjugate gradient on the normal equations, at most 1 iteration, tolerance 1.0E-10");
    assertThat(Gmres.restart(5).cycles(1).tolerance(0).description())
        .isEqualTo("GMRES(5), at most 1 cycle");
    assertThat(BiCgStab.steps(3).tolerance(1e-3).description())
        .isEqualTo("BiCGSTAB, at most 3 iterations, tolerance 0.001");
    assertThat(Nystrom.rank(5).damping(0.1).description())
        .isEqualTo("Nystrom, rank 5, damping 0.1");
    assertThat(ScaledIdentity.scale(0.5).description())
        .isEqualTo("identity in place of the inverse, scale 0.5");
    assertThat(Jacobi.probes(1).description()).isEqualTo("Jacobi, 1 probe");
    assertThat(ConjugateGradient.steps(3).tolerance(0).safeguarded().description())
        .isEqualTo(
            "conjugate gradient, MINRES from where the curvature is not positive, at most 3"
                + " iterations");
  }

  @Test
  void products() {
    assertThat(Gmres.restart(5).productsPerIteration()).isEqualTo(6);
    assertThat(BiCgStab.steps(3).productsPerIteration()).isEqualTo(2);
    assertThat(NormalEquations.steps(3).productsPerIteration()).isEqualTo(2);
    assertThat(ScaledIdentity.scale(1).productsPerIteration()).isZero();
    assertThat(Nystrom.rank(5).damping(1).iterationsFor(3)).isEqualTo(3);
  }

  @Test
  void automaticChoice() {
    Automatic symmetric = Automatic.symmetric();
    assertThat(symmetric.reasonFor(24).orElseThrow())
        .isEqualTo(
            "dense LU: dimension 24 is at most 50, and forming the matrix costs 24 products, no"
                + " more than an iteration may need");
    assertThat(symmetric.reasonFor(51).orElseThrow())
        .isEqualTo(
            "conjugate gradient, MINRES from where the curvature is not positive, at most 100"
                + " iterations, tolerance 1.0E-6: dimension 51 is above 50, and the operator is"
                + " symmetric");
    assertThat(Automatic.general().reasonFor(51).orElseThrow())
        .isEqualTo(
            "GMRES(10), at most 10 cycles, tolerance 1.0E-6: dimension 51 is above 50, and the"
                + " operator is not symmetric");
    assertThat(Automatic.general().products(25).denseUpTo(0).chosenFor(1).description())
        .isEqualTo("GMRES(10), at most 3 cycles, tolerance 1.0E-6");
    assertThat(symmetric.description())
        .isEqualTo(
            "automatic: up to dimension 50 dense LU, since forming the matrix costs no more"
                + " products than an iteration may need; above conjugate gradient, MINRES from"
                + " where the curvature is not positive, at most 100 iterations, tolerance 1.0E-6");
  }
}
