package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;

/** NT-Xent, its parts and its gradients. */
class NtXentGoldenTest implements PairGolden {
  @Override
  public String file() {
    return "simclr_ntxent";
  }

  @Override
  public Expr loss(GoldenCase golden, Expr z1, Expr z2, Computed computed) {
    golden.requires("n", z1.shape().dim(0)).requires("d", z1.shape().dim(1));
    NtXent ntXent = NtXent.temperature(golden.number("temperature"));
    Expr loss = ntXent.of(z1, z2);
    computed
        .put("extras/alignment", ntXent.alignment(z1, z2))
        .put("extras/constraint", ntXent.constraint(z1, z2))
        .put("extras/google_simclr_sum_form", loss.times(2));
    return loss;
  }
}
