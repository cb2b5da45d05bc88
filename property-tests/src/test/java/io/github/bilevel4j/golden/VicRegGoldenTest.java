package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.VicRegLoss;
import io.github.bilevel4j.losses.redundancy.VicRegLoss.Convention;

/** VICReg in the published conventions. */
class VicRegGoldenTest implements PairGolden {
  @Override
  public String file() {
    return "vicreg";
  }

  @Override
  public Expr loss(GoldenCase golden, Expr z1, Expr z2, Computed computed) {
    golden.requires("eps", 1e-4);
    VicRegLoss vicReg =
        VicRegLoss.weights(golden.number("sim"), golden.number("std"), golden.number("cov"));
    computed
        .put("extras/alignment_weighted", vicReg.alignment(z1, z2))
        .put("extras/solo_learn_value_same_coeffs", vicReg.by(Convention.PAPER).of(z1, z2));
    return vicReg.of(z1, z2);
  }
}
