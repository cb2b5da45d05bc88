package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.expr.Expr;
import java.util.List;

/**
 * The laws of a loss of two predictions and the constant projections of the other views: p1, z1,
 * z2, p2 in this mirrored order.
 */
public interface PredictionLoss extends AngularLoss, SymmetricInViews, ConstantInTargets {

  /** The loss of predictions and projections. */
  Expr of(List<Expr> predictions, List<Expr> projections);

  @Override
  default Expr loss(List<Expr> views) {
    return of(List.of(views.get(0), views.get(3)), List.of(views.get(1), views.get(2)));
  }

  @Override
  default int views() {
    return 4;
  }

  @Override
  default ImmutableSet<Integer> targets() {
    return ImmutableSet.of(1, 2);
  }
}
