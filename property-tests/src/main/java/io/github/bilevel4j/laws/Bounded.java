package io.github.bilevel4j.laws;

import com.google.common.collect.Range;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code a(n) <= L(Z) <= b(n)} whatever Z is. */
public interface Bounded extends EmbeddingLoss {

  /** The least and the largest value for a number of samples. */
  Range<Double> bounds(int samples);

  /** The value lies between its bounds, but for rounding. */
  @Property(seed = "15", tries = 50)
  default void liesBetweenItsBounds(@ForAll("examples") Example example) {
    Laws.bounded(this::bounds).assertHolds(function(), example);
  }
}
