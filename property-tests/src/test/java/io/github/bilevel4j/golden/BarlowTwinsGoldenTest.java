package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.BarlowTwins;
import java.util.Map;

/** Barlow Twins, its parts and its gradients. */
class BarlowTwinsGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "barlow_twins";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    BarlowTwins barlowTwins = BarlowTwins.weight(golden.number("lambda"));
    Expr z1 = golden.variable("z1");
    Expr z2 = golden.variable("z2");
    Expr loss = barlowTwins.of(z1, z2);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, Map.of("z1", z1, "z2", z2))
        .put("extras/alignment", barlowTwins.alignment(z1, z2))
        .put("extras/constraint", barlowTwins.constraint(z1, z2))
        .put("extras/cross_correlation", BarlowTwins.crossCorrelation(z1, z2));
  }
}
