package io.github.bilevel4j.laws;

import io.github.bilevel4j.expr.Expr;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code L = alignment + constraint}: what draws views together and what keeps samples apart. */
public interface SumOfParts extends EmbeddingLoss {

  /** The part that draws views of an image together. */
  Expr alignment(List<Expr> views);

  /** The part that keeps features from collapsing. */
  Expr constraint(List<Expr> views);

  /** The parts add up to the loss. */
  @Property(seed = "14", tries = 10)
  default void isTheSumOfItsParts(@ForAll("examples") Example example) {
    Laws.sumOfParts(this::alignment, this::constraint).assertHolds(function(), example);
  }
}
