package org.example;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.RotationInvariant;
import io.github.bilevel4j.laws.RowOrderInvariant;
import io.github.bilevel4j.laws.SumOfParts;
import io.github.bilevel4j.laws.SymmetricInViews;
import java.util.List;

/** A loss of two views claims its laws, one's own among them. */
class SpectralLossProperties
    implements SymmetricInViews,
        RotationInvariant,
        RowOrderInvariant,
        SumOfParts,
        ReplicationInvariant {

  @Override
  public Expr loss(Expr z1, Expr z2) {
    return SpectralLoss.of(z1, z2);
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return SpectralLoss.alignment(views.get(0), views.get(1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return SpectralLoss.constraint(views.get(0), views.get(1));
  }
}
