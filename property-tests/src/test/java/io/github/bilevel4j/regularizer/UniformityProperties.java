package io.github.bilevel4j.regularizer;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.AgreesInSinglePrecision;
import io.github.bilevel4j.laws.ConstantWhereDetached;
import io.github.bilevel4j.laws.FiniteWhenCollapsed;
import io.github.bilevel4j.laws.GradientRowsSumToZero;
import io.github.bilevel4j.laws.RotationInvariant;
import io.github.bilevel4j.laws.RowOrderInvariant;
import io.github.bilevel4j.laws.SymmetricHessian;
import io.github.bilevel4j.laws.TranslationInvariant;
import io.github.bilevel4j.laws.UnchangedBySubstitution;

/** A regularizer of one's own claims its laws in one line each. */
class UniformityProperties
    implements TranslationInvariant,
        RotationInvariant,
        RowOrderInvariant,
        GradientRowsSumToZero,
        SymmetricHessian,
        ConstantWhereDetached,
        UnchangedBySubstitution,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed {
  @Override
  public Expr loss(Expr z) {
    return Uniformity.of(z, 0.3);
  }
}
