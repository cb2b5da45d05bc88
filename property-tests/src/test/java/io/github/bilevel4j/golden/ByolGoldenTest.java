package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.ByolLoss;
import java.util.List;

/** The loss of BYOL. */
class ByolGoldenTest implements PredictionGolden {
  @Override
  public String file() {
    return "byol";
  }

  @Override
  public Expr loss(List<Expr> predictions, List<Expr> targets) {
    return ByolLoss.of(predictions, targets);
  }

  @Override
  public Expr alignment(List<Expr> predictions, List<Expr> targets) {
    return ByolLoss.alignment(predictions, targets);
  }
}
