package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.gradcheck.DerivativeCheck;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A regularizer needs no derivative rule: its derivatives follow from the formula. */
class UniformityTest {

  @Test
  void valueOfTwoPoints() {
    Expr z = Expr.input("z", 2, 1);
    Feed points = Feed.of(z, Array.matrix(new double[][] {{0}, {1}}));
    assertEquals(
        Math.log((1 + Math.exp(-2)) / 2),
        Values.of(Map.of("value", Uniformity.of(z, 2)), points).scalar("value"),
        1e-14);
  }

  @Test
  void derivativesToThirdOrder() {
    DerivativeCheck.orders(3)
        .assertCorrect(z -> Uniformity.of(z.get(0), 0.5), Values.normal(1, 4, 3));
  }
}
