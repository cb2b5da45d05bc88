package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;

/** Barlow Twins, its parts and its gradients. */
class BarlowTwinsGoldenTest implements PairGolden {
  @Override
  public String file() {
    return "barlow_twins";
  }

  @Override
  public Expr loss(GoldenCase golden, Expr z1, Expr z2, Computed computed) {
    BarlowTwinsLoss barlowTwins = BarlowTwinsLoss.weight(golden.number("lambda"));
    computed
        .put("extras/alignment", barlowTwins.alignment(z1, z2))
        .put("extras/constraint", barlowTwins.constraint(z1, z2))
        .put("extras/cross_correlation", BarlowTwinsLoss.crossCorrelation(z1, z2));
    return barlowTwins.of(z1, z2);
  }
}
