package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.BarlowTwins;

/** Barlow Twins, its parts and its gradients. */
class BarlowTwinsGoldenTest implements PairGolden {
  @Override
  public String file() {
    return "barlow_twins";
  }

  @Override
  public Expr loss(GoldenCase golden, Expr z1, Expr z2, Computed computed) {
    BarlowTwins barlowTwins = BarlowTwins.weight(golden.number("lambda"));
    computed
        .put("extras/alignment", barlowTwins.alignment(z1, z2))
        .put("extras/constraint", barlowTwins.constraint(z1, z2))
        .put("extras/cross_correlation", BarlowTwins.crossCorrelation(z1, z2));
    return barlowTwins.of(z1, z2);
  }
}
