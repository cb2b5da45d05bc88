package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.Lmcl;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.contrastive.Polarization;
import java.util.Map;

/** Large-margin contrastive learning. */
class LmclGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "lmcl";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    NtXent ntXent = NtXent.temperature(golden.number("temperature"));
    Polarization mean =
        Polarization.between(golden.number("delta_plus"), golden.number("delta_minus"));
    Polarization polarization = golden.text("reduction").equals("sum") ? mean.summed() : mean;
    Lmcl lmcl =
        Lmcl.temperature(golden.number("temperature"))
            .polarizedBy(golden.number("lambda"), polarization);
    Expr z1 = golden.variable("z1");
    Expr z2 = golden.variable("z2");
    Expr stacked = Expr.concat(0, z1, z2);
    Expr loss = lmcl.of(z1, z2);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, Map.of("z1", z1, "z2", z2))
        .put("extras/nce", ntXent.of(z1, z2))
        .put("extras/polarization", polarization.of(stacked))
        .put("extras/pairs_in_margin", polarization.pairsInside(stacked));
  }
}
