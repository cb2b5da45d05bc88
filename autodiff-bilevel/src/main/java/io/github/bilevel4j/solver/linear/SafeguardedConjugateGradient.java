package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;

/**
 * Conjugate gradients, and from the first direction whose curvature is not positive MINRES, which
 * starts at the solution that they have reached. One product an iteration: that with the direction
 * of the method that is used. The other method's vectors mean nothing then.
 */
record SafeguardedConjugateGradient(ConjugateGradient first) implements LinearSolver {
  private static final String FALLEN_BACK = "fallen back";

  private Minres second() {
    return Minres.steps(first.iterations()).tolerance(first.tolerance());
  }

  @Override
  public Iterate start(LinearSystem system) {
    Iterate start = first.start(system);
    Iterate later = Minres.startAt(start.solution(), start.vector(ConjugateGradient.RESIDUAL));
    Iterate both = joined(start.solution(), start, later, SafeDivision.ZERO);
    return both.measuring(Iterate.SQUARED_RESIDUAL, start.measured().get(Iterate.SQUARED_RESIDUAL));
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Expr fallenBack = now.tensor(FALLEN_BACK);
    Vector direction =
        now.vector(Minres.BASIS).zip(now.vector(ConjugateGradient.DIRECTION), fallenBack::where);
    Vector product = system.times(direction);
    LinearSystem known = system.with(v -> product);
    Iterate one = first.next(known, now);
    Iterate other = second().next(known, now);

    Expr sound = fallenBack.maximum(one.measured().get(Iterate.CURVATURE).greaterThan(0));
    Iterate begun = Minres.startAt(now.solution(), now.vector(ConjugateGradient.RESIDUAL));
    Vector x = other.solution().zip(one.solution(), fallenBack::where);
    Iterate next =
        joined(x, one, other.where(sound, begun), sound.where(fallenBack, SafeDivision.ONE));
    for (String name : new String[] {Iterate.SQUARED_RESIDUAL, Iterate.CURVATURE}) {
      next =
          next.measuring(
              name, fallenBack.where(other.measured().get(name), one.measured().get(name)));
    }
    // The two recurrences do not continue each other: no step, so that no eigenvalues are told.
    for (String name : new String[] {ConjugateGradient.ALPHA, ConjugateGradient.BETA}) {
      next = next.measuring(name, fallenBack.where(SafeDivision.ZERO, one.measured().get(name)));
    }
    return next.measuring(Iterate.FALLBACK, next.tensor(FALLEN_BACK));
  }

  private static Iterate joined(Vector x, Iterate one, Iterate other, Expr fallenBack) {
    ImmutableMap.Builder<String, Vector> vectors = ImmutableMap.builder();
    vectors.put(Iterate.SOLUTION, x);
    vectors.putAll(withoutSolution(one)).putAll(withoutSolution(other));
    return new Iterate(vectors.buildOrThrow(), ImmutableMap.of()).with(FALLEN_BACK, fallenBack);
  }

  private static ImmutableMap<String, Vector> withoutSolution(Iterate iterate) {
    return ImmutableMap.copyOf(
        Maps.filterKeys(iterate.vectors(), name -> !name.equals(Iterate.SOLUTION)));
  }

  @Override
  public int iterationsFor(long dimension) {
    return first.iterationsFor(dimension);
  }

  @Override
  public double tolerance() {
    return first.tolerance();
  }

  @Override
  public boolean needsSymmetry() {
    return true;
  }

  @Override
  public boolean needsPositiveCurvature() {
    return false;
  }

  @Override
  public boolean usesPreconditioner() {
    return true;
  }

  @Override
  public String description() {
    return "conjugate gradient, MINRES from where the curvature is not positive, "
        + KrylovMethod.atMost(first.iterations(), first.tolerance());
  }
}
