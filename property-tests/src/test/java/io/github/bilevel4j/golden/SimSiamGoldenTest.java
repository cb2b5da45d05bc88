package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.SimSiamLoss;
import java.util.List;

/** The loss of SimSiam. */
class SimSiamGoldenTest implements PredictionGolden {
  @Override
  public String file() {
    return "simsiam";
  }

  @Override
  public Expr loss(List<Expr> predictions, List<Expr> projections) {
    return SimSiamLoss.of(predictions, projections);
  }

  @Override
  public Expr alignment(List<Expr> predictions, List<Expr> projections) {
    return SimSiamLoss.alignment(predictions, projections);
  }
}
