package io.github.bilevel4j.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A vector and its flattened form are the same numbers. */
class FlatteningProperties {
  private static final Interpreter START = Interpreter.atStart();

  private static Vector vector(long seed) {
    Draws draws = Draws.seed(seed);
    return Vector.of(
        ImmutableMap.of(
            "a", Expr.variable("a", draws.normal(2, 3)),
            "b", Expr.variable("b", draws.normal()),
            "c", Expr.variable("c", draws.normal(4)),
            "d", Expr.variable("d", draws.normal(1, 2, 2))));
  }

  @Property(seed = "51", tries = 5)
  void thereAndBack(@ForAll long seed) {
    Vector vector = vector(seed);
    assertThat(START.evaluate(vector.unflattened(vector.flattened())))
        .isEqualTo(START.evaluate(vector));
    Array flat = Draws.seed(seed + 1).normal(15);
    assertThat(START.evaluate(vector.unflattened(Expr.constant(flat)).flattened())).isEqualTo(flat);
  }

  @Property(seed = "52", tries = 5)
  void componentsFollowOneAnotherRowByRow(@ForAll long seed) {
    Array flat = Draws.seed(seed).normal(15);
    Vector vector = vector(seed).unflattened(Expr.constant(flat));
    assertThat(START.evaluate(vector.get("a").at(0, 1).at(0, 0)).scalarValue())
        .isEqualTo(flat.at(3));
    assertThat(START.evaluate(vector.get("b")).scalarValue()).isEqualTo(flat.at(6));
    assertThat(START.evaluate(vector.get("d").at(1, 1).at(1, 0)).toDoubles())
        .containsExactly(flat.at(13));
  }

  @Property(seed = "53", tries = 5)
  void gradientOfTheFlattenedFormIsTheFlattenedGradient(@ForAll long seed) {
    Vector vector = vector(seed);
    Vector weights = Draws.seed(seed + 1).constantsLike(vector);
    Expr inner = vector.flattened().exp().dot(weights.flattened());
    Expr outer = vector.map(Expr::exp).dot(weights);
    assertThat(START.evaluate(Derivatives.gradient(inner, vector)))
        .isEqualTo(START.evaluate(Derivatives.gradient(outer, vector)));
  }
}
