package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.VicReg;
import io.github.bilevel4j.losses.redundancy.VicReg.Convention;
import java.util.Map;

/** VICReg in the published conventions. */
class VicRegGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "vicreg";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    VicReg vicReg =
        VicReg.weights(golden.number("sim"), golden.number("std"), golden.number("cov"));
    Expr z1 = golden.variable("z1");
    Expr z2 = golden.variable("z2");
    Expr loss = vicReg.of(z1, z2);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, Map.of("z1", z1, "z2", z2))
        .put("extras/alignment_weighted", vicReg.alignment(z1, z2))
        .put("extras/solo_learn_value_same_coeffs", vicReg.by(Convention.PAPER).of(z1, z2));
  }
}
