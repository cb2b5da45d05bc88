package io.github.bilevel4j.solver;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Optimizer;
import java.util.function.UnaryOperator;

/** The steps of the inner solver written out as one expression of the starting point. */
final class InnerSteps {
  private InnerSteps() {}

  /** Where the inner solver starts. */
  static Vector start(InnerLevel inner) {
    return inner.start().orElseGet(() -> inner.variables().vector());
  }

  /**
   * The inner variables after all steps.
   *
   * @param seen what differentiation sees of each inner gradient, for instance nothing: {@code
   *     Vector::detached}
   */
  static Vector unrolled(InnerLevel inner, UnaryOperator<Vector> seen) {
    // Differentiated in the inner variables before values take their place: the starting point may
    // be made of outer variables, which occur in the objective too.
    Vector gradient = Derivatives.gradient(inner.objective().total(), inner.variables().vector());
    Optimizer.State state = inner.optimizer().start(start(inner));
    for (int t = 0; t < inner.steps(); t++) {
      Vector here = state.parameters();
      state =
          inner
              .optimizer()
              .next(state, seen.apply(Substitution.of(inner.variables(), here).apply(gradient)));
    }
    return state.parameters();
  }
}
