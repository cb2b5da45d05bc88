package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import java.util.Map;

/** NT-Xent, its parts and its gradients. */
class NtXentGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "simclr_ntxent";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    NtXent ntXent = NtXent.temperature(golden.number("temperature"));
    Expr z1 = golden.variable("z1");
    Expr z2 = golden.variable("z2");
    Expr loss = ntXent.of(z1, z2);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, Map.of("z1", z1, "z2", z2))
        .put("extras/alignment", ntXent.alignment(z1, z2))
        .put("extras/constraint", ntXent.constraint(z1, z2))
        .put("extras/google_simclr_sum_form", loss.times(2));
  }
}
