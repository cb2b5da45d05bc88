package org.example;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.RotationInvariant;
import io.github.bilevel4j.laws.RowOrderInvariant;
import io.github.bilevel4j.laws.SymmetricHessian;
import io.github.bilevel4j.laws.TranslationInvariant;

/** A regularizer claims its laws. */
class UniformityProperties
    implements TranslationInvariant,
        RotationInvariant,
        RowOrderInvariant,
        SymmetricHessian,
        ReplicationInvariant {

  @Override
  public Expr loss(Expr z) {
    return Uniformity.of(z, 0.5);
  }
}
