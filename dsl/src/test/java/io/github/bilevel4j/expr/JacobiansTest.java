package io.github.bilevel4j.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class JacobiansTest {
  private final Expr x = Expr.input("x", 8, 5, 2);
  private final Expr w = Expr.input("w", 10, 3);

  private Expr linear(Expr rows) {
    return rows.flattened().matmul(w);
  }

  @Test
  void jacobianHasOneMatrixForEachRow() {
    assertThat(Jacobians.perSample(this::linear, x).shape().toArray()).containsExactly(8, 3, 10);
  }

  @Test
  void projectedJacobianHasOneRowForEachDirection() {
    Expr directions = Expr.input("directions", 2, 3);
    assertThat(Jacobians.projected(this::linear, x, directions).shape().toArray())
        .containsExactly(8, 2, 10);
  }

  @Test
  void functionThatDoesNotKeepTheRows() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Jacobians.perSample(rows -> rows.mean(0), x))
        .withMessage(
            """
            jacobian: the function does not keep the rows.
              argument  x               [8, 5, 2]
              result    divide(…, 8.0)  [5, 2]
            Maybe it ends in a mean over the batch, or joins the rows of two views.""");
  }

  @Test
  void directionsOfAnotherSize() {
    Expr directions = Expr.input("directions", 3, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Jacobians.projected(this::linear, x, directions))
        .withMessage(
            """
            jacobian: the directions do not fit results with 3 elements in a row.
              directions  directions  [3, 2]
            Maybe they should have the shape [r, 3].""");
  }
}
