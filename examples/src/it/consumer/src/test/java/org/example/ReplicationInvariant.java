package org.example;

import io.github.bilevel4j.laws.EmbeddingLoss;
import io.github.bilevel4j.laws.Example;
import io.github.bilevel4j.laws.Instance;
import io.github.bilevel4j.laws.Law;
import io.github.bilevel4j.laws.LossFunction;
import io.github.bilevel4j.laws.Sides;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * A law of one's own: {@code L([Z; Z]) = L(Z)}. A loss that obeys it is a function of how the
 * embeddings are distributed, not of how many there are.
 */
interface ReplicationInvariant extends EmbeddingLoss {

  /** The law itself, for {@code LawSearch} and for single examples. */
  Law LAW =
      Law.of("ReplicationInvariant", "L([Z; Z]) = L(Z)", ReplicationInvariant::valueOfBothSides);

  /** The value stays when each sample occurs twice. */
  @Property(seed = "1", tries = 20)
  default void isReplicationInvariant(@ForAll("examples") Example example) {
    LAW.assertHolds(function(), example);
  }

  private static Instance valueOfBothSides(LossFunction loss, Example example) {
    double twice =
        loss.at(example.views().stream().map(ReplicationInvariant::repeated).toList()).value();
    return Instance.of(Sides.equal("value", twice, loss.at(example.views()).value()));
  }

  private static Array repeated(Array z) {
    Shape doubled = Shape.of(2 * z.shape().dim(0), z.shape().dim(1));
    return Array.fill(doubled, i -> z.at(i % z.size()));
  }
}
