package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A loss is a pure function of the views' embeddings; wrong shapes are told where it is called. */
class SpectralLossTest {
  private final Expr z1 = Expr.input("z1", 2, 2);
  private final Expr z2 = Expr.input("z2", 2, 2);

  @Test
  void valueAndGradient() {
    Expr loss = SpectralLoss.of(z1, z2);
    Results results =
        Values.of(
            Map.of("loss", loss, "gradient", loss.gradient(z1)),
            Feed.of(z1, Array.matrix(new double[][] {{1, 2}, {3, -1}}))
                .and(z2, Array.matrix(new double[][] {{2, 0}, {1, 1}})));
    // z1 z2' is [[2, 3], [6, 2]]: alignment -(2 + 2), constraint (4 + 9 + 36 + 4) / 4.
    assertEquals(-4 + 13.25, results.scalar("loss"), 1e-14);
    // -2/n z2 + 2/n^2 (z1 z2') z2
    assertEquals(-2 + 3.5, results.get("gradient").get(0, 0), 1e-14);
    assertEquals(-1 + 1, results.get("gradient").get(1, 1), 1e-14);
  }

  @Test
  void viewsOfDifferentLength() {
    Expr longer = Expr.input("z2", 2, 3);
    UsageError error = assertThrows(UsageError.class, () -> SpectralLoss.of(z1, longer));
    assertTrue(error.getMessage().contains("[2, 3]"), error.getMessage());
  }
}
