package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
      String page = outcome.counterexample().orElseThrow().toString();
      System.out.println(page);
      assertTrue(page.contains("L([Z; Z]) = L(Z)"), page);
    }
  }
}
