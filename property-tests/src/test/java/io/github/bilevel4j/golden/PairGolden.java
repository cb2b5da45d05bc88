package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import java.util.Map;

/** Losses of the embeddings z1 and z2 of two views. */
interface PairGolden extends GoldenKind {

  /** Puts what the file holds besides the loss and its gradients, and gives the loss. */
  Expr loss(GoldenCase golden, Expr z1, Expr z2, Computed computed);

  @Override
  default void compute(GoldenCase golden, Engine engine, Computed computed) {
    Expr z1 = golden.variable("z1");
    Expr z2 = golden.variable("z2");
    Expr loss = loss(golden, z1, z2, computed);
    computed.put("loss", loss).putGradients("grad", loss, Map.of("z1", z1, "z2", z2));
  }
}
