package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A view that is detached gets the gradient zero, the others get theirs. */
public interface ConstantWhereDetached extends EmbeddingLoss {

  /** The gradient by a detached view is exactly zero and no path leads to it. */
  @Property(seed = "10", tries = 4)
  default void isConstantWhereDetached(@ForAll long seed, @ForAll @IntRange(max = 1) int choice) {
    int detached = choice % views();
    List<Array> values = draw(Draws.seed(seed), false);
    List<Expr> views = new ArrayList<>();
    values.forEach(z -> views.add(Expr.variable("z", z)));
    List<Expr> given = new ArrayList<>(views);
    given.set(detached, views.get(detached).detached());
    Expr loss = of(given);
    Point free = at(values);
    for (int i = 0; i < views.size(); i++) {
      assertThat(loss.reaches(views.get(i))).isEqualTo(i != detached);
      Array gradient = Evaluation.of(loss.gradient(views.get(i)));
      if (i == detached) {
        assertThat(gradient.toDoubles()).containsOnly(0);
      } else {
        Closeness.assertClose(gradient, free.gradients().get(i));
      }
    }
  }
}
