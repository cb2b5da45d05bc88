package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.LmclLoss;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.contrastive.Polarization;

/** Large-margin contrastive learning. */
class LmclGoldenTest implements PairGolden {
  @Override
  public String file() {
    return "lmcl";
  }

  @Override
  public Expr loss(GoldenCase golden, Expr z1, Expr z2, Computed computed) {
    NtXent ntXent = NtXent.temperature(golden.number("temperature"));
    Polarization mean =
        Polarization.between(golden.number("delta_plus"), golden.number("delta_minus"));
    Polarization polarization = golden.text("reduction").equals("sum") ? mean.summed() : mean;
    LmclLoss lmcl =
        LmclLoss.temperature(golden.number("temperature"))
            .polarizedBy(golden.number("lambda"), polarization);
    golden.requires("distance", "(1-cos)/2");
    Expr stacked = Expr.concat(0, z1, z2);
    computed
        .put("extras/nce", ntXent.of(z1, z2))
        .put("extras/polarization", polarization.of(stacked))
        .put("extras/pairs_in_margin", polarization.pairsInside(stacked));
    return lmcl.of(z1, z2);
  }
}
