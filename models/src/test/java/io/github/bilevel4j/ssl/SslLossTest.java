package io.github.bilevel4j.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.expr.Expr;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SslLossTest {
  private final Expr z = Expr.input("z", 4, 2);

  @Test
  void namesItsParts() {
    SslLoss loss = SslLoss.ofPair(List.of(z, z), (a, b) -> a.dot(b), (a, b) -> a.sum());
    assertThat(loss.objective().values())
        .containsExactly(Map.entry("alignment", z.dot(z)), Map.entry("constraint", z.sum()));
  }

  @Test
  void fourViewsOfAPair() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> SslLoss.ofPair(List.of(z, z, z, z), (a, b) -> a.dot(b), (a, b) -> a.dot(b)))
        .withMessage(
            """
            loss of pairs: an image should have two views, got 4.
            Maybe Views.alike(augmentation) was meant.""");
  }
}
