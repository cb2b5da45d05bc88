package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.Sinkhorn;

/** Sinkhorn-Knopp assignments. */
class SinkhornGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "sinkhorn";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Expr q =
        Sinkhorn.epsilon(golden.number("epsilon"))
            .iterations(golden.integer("iterations"))
            .of(golden.constant("scores_BxK"));
    computed.put("Q_BxK", q).put("row_sums", q.sum(1)).put("col_sums", q.sum(0));
  }
}
