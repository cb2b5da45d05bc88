package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;

/**
 * A linear term {@code <shift, phi>} of the inner objective, with shift zero. The derivative of the
 * outer objective by the shift is minus the adjoint {@code v = H^-1 dF/dphi}, so that the adjoint
 * can be read off a hypergradient.
 */
record Perturbation(Variables inner, Variables shift) {
  private static final String NAME = "shift";

  static Perturbation of(Variables inner) {
    Variables zeros = Variables.zerosLike(NAME, inner.vector());
    return new Perturbation(inner, Variables.of(zeros.leaves().values().asList()));
  }

  Expr term() {
    return inner.leaves().keySet().stream()
        .map(name -> shift.get(NAME + "/" + name).dot(inner.get(name)))
        .reduce(Expr::plus)
        .orElseThrow();
  }

  /** The adjoint, flat, from the components of a hypergradient that belong to the shift. */
  static Array adjoint(ImmutableMap<String, Array> hypergradient) {
    Array negative = Spectrum.flat(hypergradient, NAME + "/");
    return Array.fill(negative.shape(), i -> -negative.at(i));
  }
}
