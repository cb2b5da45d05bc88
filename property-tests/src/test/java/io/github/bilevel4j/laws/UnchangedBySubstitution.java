package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * A loss is a pure function of expressions: written twice it is the same node, and putting other
 * variables in place of its own is the same as writing it with those.
 */
public interface UnchangedBySubstitution extends EmbeddingLoss {

  /** Substitution by the identity gives the same node, and by other variables the other loss. */
  @Property(seed = "11", tries = 4)
  default void isUnchangedBySubstitution(@ForAll boolean wide) {
    Shape shape = SHAPES.get(wide ? 1 : 0);
    List<Expr> views =
        IntStream.range(0, views())
            .mapToObj(i -> Expr.variable("z" + i, shape, Initializer.zeros()))
            .toList();
    Variables variables = Variables.of(views);
    Vector others = variables.copy("other").vector();
    Expr loss = of(views);
    assertThat(of(views)).isSameAs(loss);
    assertThat(loss.substitute(variables, variables.vector())).isSameAs(loss);
    assertThat(loss.substitute(variables, others))
        .isSameAs(of(others.components().values().asList()));
  }
}
