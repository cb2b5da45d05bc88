package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Some views are targets: the loss depends on them, its gradient by them is zero. */
public interface ConstantInTargets extends EmbeddingLoss {

  /** The positions of the targets among the views. */
  ImmutableSet<Integer> targets();

  /** No path leads to a target, the gradient by it is exactly zero, and others are not. */
  @Property(seed = "17", tries = 10)
  default void isConstantInTargets(@ForAll long seed, @ForAll boolean wide) {
    List<Array> values = draw(Draws.seed(seed), wide);
    List<Expr> views = values.stream().map(z -> Expr.variable("z", z)).toList();
    Expr loss = of(views);
    Point point = at(values);
    for (int i = 0; i < views.size(); i++) {
      boolean target = targets().contains(i);
      assertThat(loss.contains(views.get(i))).isTrue();
      assertThat(loss.reaches(views.get(i))).isEqualTo(!target);
      if (target) {
        assertThat(point.gradients().get(i).toDoubles()).containsOnly(0);
      } else {
        assertThat(Rows.largest(point.gradients().get(i))).isPositive();
      }
    }
  }
}
