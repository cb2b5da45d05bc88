package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.evaluation.Draws;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L(Z) >= 0}. */
public interface NonNegative extends EmbeddingLoss {

  /** The value is not negative but for rounding. */
  @Property(seed = "6", tries = 50)
  default void isNotNegative(@ForAll long seed, @ForAll boolean wide) {
    assertThat(at(draw(Draws.seed(seed), wide)).value()).isGreaterThan(-1e-14);
  }
}
