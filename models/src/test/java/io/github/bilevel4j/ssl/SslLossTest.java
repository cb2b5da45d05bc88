package io.github.bilevel4j.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.LossTerms;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SslLossTest {
  private final Expr z = Expr.input("z", 4, 2);

  @Test
  void namesItsParts() {
    SslLoss loss = SslLoss.of(LossTerms.of(z.dot(z), z.sum()));
    assertThat(loss.objective().values())
        .containsExactly(Map.entry("alignment", z.dot(z)), Map.entry("constraint", z.sum()));
  }

  @Test
  void fourViewsOfAPair() {
    Encoder encoder = SmallConvNet.init(Scope.seed(1));
    Network network = Network.of(encoder, Pass.training());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> network.embedPair(List.of(z, z, z, z), encoder))
        .withMessage(
            """
            loss of pairs: an image should have two views, got 4.
            Maybe Views.alike(augmentation) was meant.""");
  }
}
