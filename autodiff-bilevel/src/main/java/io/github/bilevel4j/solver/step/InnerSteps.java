package io.github.bilevel4j.solver.step;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Optimizer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The steps of the inner solver written out as one expression of the starting point. */
public final class InnerSteps {
  private InnerSteps() {}

  /** Where the inner solver starts. */
  public static Vector start(InnerLevel inner) {
    return inner.start().orElseGet(() -> inner.variables().vector());
  }

  /** {@code dG/dphi} at the inner variables. */
  public static Vector gradient(InnerLevel inner) {
    return Derivatives.gradient(inner.objective().total(), inner.variables().vector());
  }

  /**
   * The inner variables after all steps.
   *
   * @param seen what differentiation sees of each inner gradient, for instance nothing: {@code
   *     Vector::detached}
   */
  public static Vector unrolled(InnerLevel inner, UnaryOperator<Vector> seen) {
    return unrolled(inner, seen, inner.steps());
  }

  /**
   * The inner variables after all steps, of which only the last ones are differentiated.
   *
   * @param differentiated the number of these; if it is not that of all, the state before them
   *     counts as a constant
   */
  public static Vector unrolled(InnerLevel inner, UnaryOperator<Vector> seen, int differentiated) {
    if (!inner.composed().isEmpty()) {
      return unrolledEach(inner, seen, differentiated);
    }
    // Differentiated in the inner variables before values take their place: the starting point may
    // be made of outer variables, which occur in the objective too.
    Vector gradient = gradient(inner);
    Optimizer.State state = inner.optimizer().start(start(inner));
    for (int t = 0; t < inner.steps(); t++) {
      if (t > 0 && t == inner.steps() - differentiated) {
        state = detached(state);
      }
      Vector here = state.parameters();
      state =
          inner
              .optimizer()
              .next(state, seen.apply(Substitution.of(inner.variables(), here).apply(gradient)));
    }
    return state.parameters();
  }

  /** Each of the levels side by side by itself: of each the last steps are differentiated. */
  private static Vector unrolledEach(
      InnerLevel inner, UnaryOperator<Vector> seen, int differentiated) {
    Map<Expr, Expr> ends = new HashMap<>();
    for (InnerLevel part : inner.parts()) {
      Vector end = unrolled(part, seen, differentiated);
      part.variables().leaves().forEach((key, leaf) -> ends.put(leaf, end.get(key)));
    }
    return inner.variables().vector().map(ends::get);
  }

  private static Optimizer.State detached(Optimizer.State state) {
    return new Optimizer.State(
        state.parameters().detached(),
        state.slots().map((label, slot) -> slot.detached()),
        state.count());
  }

  /**
   * Refuses an inner problem that is presolved, be it one of several side by side.
   *
   * @throws UsageError if there are no inner steps
   */
  public static void requireSteps(String estimator, InnerLevel inner) {
    if (inner.parts().stream().anyMatch(part -> part.steps() == 0)) {
      throw UsageError.in(estimator)
          .because("the inner problem is presolved, so there is no step to differentiate")
          .maybe("Implicit.by(...) was meant.");
    }
  }

  /**
   * Refuses inner solvers that come to rest where the inner gradient is not zero.
   *
   * @throws UsageError if the optimizer seeks no stationary point
   */
  public static void requireStationary(String estimator, InnerLevel inner) {
    if (!inner.optimizer().isStationaryAtFixedPoint()) {
      throw UsageError.in(estimator)
          .because("the inner gradient is not zero at the inner solution")
          .row("inner solver", inner.optimizer().description())
          .maybe("FixedPoint.by(...) or Unrolled.exact() was meant: they differentiate the steps.");
    }
  }
}
