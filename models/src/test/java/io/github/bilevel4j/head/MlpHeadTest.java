package io.github.bilevel4j.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.head.MlpHead.Norm;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class MlpHeadTest {
  private static final Scope SCOPE = Scope.seed(1).child("projector");

  @Test
  void projectorOfSimClr() {
    Layer head = MlpHead.layers(512, 2048, 256).init(SCOPE);

    assertThat(head.apply(Expr.input("h", 8, 512), Pass.training()).shape())
        .isEqualTo(Shape.of(8, 256));
    assertThat(head.parameters().dimension()).isEqualTo(512 * 2048 + 2048 + 2048 * 256 + 256);
    assertThat(head.variables().names())
        .containsExactly(
            "projector/0/weight", "projector/0/bias", "projector/2/weight", "projector/2/bias");
  }

  @Test
  void projectorOfSimSiam() {
    Layer head =
        MlpHead.layers(512, 2048, 2048, 2048)
            .hiddenNorm(Norm.AFFINE)
            .hiddenBias(false)
            .outputNorm(Norm.PLAIN)
            .outputBias(false)
            .init(SCOPE);

    assertThat(head.parameters().names())
        .containsExactly(
            "projector/0/weight",
            "projector/1/weight",
            "projector/1/bias",
            "projector/3/weight",
            "projector/4/weight",
            "projector/4/bias",
            "projector/6/weight");
    assertThat(head.state().names())
        .containsExactly(
            "projector/1/running_mean",
            "projector/1/running_var",
            "projector/4/running_mean",
            "projector/4/running_var",
            "projector/7/running_mean",
            "projector/7/running_var");
  }

  @Test
  void twoWidthsAreOneDenseLayer() {
    assertThat(MlpHead.layers(8, 4).outputNorm(Norm.AFFINE).init(SCOPE).parameters().names())
        .containsExactly(
            "projector/0/weight", "projector/0/bias", "projector/1/weight", "projector/1/bias");
  }

  @Test
  void needsTwoPositiveWidths() {
    assertThatThrownBy(() -> MlpHead.layers(128))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            mlp head: the widths should be two or more positive numbers.
              widths  [128]
            Maybe layers(inputs, hidden, outputs) was meant.""");
    assertThatThrownBy(() -> MlpHead.layers(128, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("widths  [128, 0]");
  }
}
