package io.github.bilevel4j.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import org.junit.jupiter.api.Test;

class ViewPairsTest {
  private static double mean(ViewPairs pairs) {
    return OnCpu.scalar(pairs.mean((v, w) -> Expr.constant(10 * v + w)));
  }

  @Test
  void areOfDifferentViewsOrOfAll() {
    assertThat(mean(ViewPairs.different(3, 2))).isCloseTo((1 + 10 + 20 + 21) / 4.0, within(1e-14));
    assertThat(mean(ViewPairs.all(2, 2))).isCloseTo((0 + 1 + 10 + 11) / 4.0, within(1e-14));
  }
}
