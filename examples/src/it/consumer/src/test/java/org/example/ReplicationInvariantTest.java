package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bilevel4j.laws.LawOutcome;
import io.github.bilevel4j.laws.LawSearch;
import io.github.bilevel4j.laws.LossFunction;
import org.junit.jupiter.api.Test;

/** A law finds out the losses that do not obey it, by the smallest example. */
class ReplicationInvariantTest {

  @Test
  void holdsForMeans() {
    try (LossFunction loss = LossFunction.ofViews(SpectralLoss::of)) {
      LawOutcome outcome = LawSearch.seed(1).check(ReplicationInvariant.LAW, loss);
      assertEquals(LawOutcome.Kind.HOLDS, outcome.kind(), outcome.toString());
    }
  }

  @Test
  void failsForSums() {
    try (LossFunction loss = LossFunction.ofBatch(z -> z.squared().sum())) {
      LawOutcome outcome = LawSearch.seed(1).check(ReplicationInvariant.LAW, loss);
      assertEquals(LawOutcome.Kind.FAILS, outcome.kind());
      assertEquals(
          """
          law ReplicationInvariant does not hold: L([Z; Z]) = L(Z)
          z1 [2, 1] =
            0
            1
          value, left side = 2
          value, right side = 1
          difference 1, relative error 0.5, tolerance 1e-11\
          """,
          outcome.toString().stripTrailing());
    }
  }
}
