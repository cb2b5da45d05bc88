package io.github.bilevel4j.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import org.junit.jupiter.api.Test;

class EncoderTest {
  private final Encoder encoder = SmallConvNet.init(Scope.seed(1).child("encoder"));
  private final Expr images = Expr.input("images", 2, 32, 32, 3);

  @Test
  void lastAfterEarlyIsTheWhole() {
    Expr whole = encoder.apply(images, Pass.evaluation());

    for (String stage : encoder.stages().subList(0, 4)) {
      Expr early = encoder.early(stage).apply(images, Pass.evaluation());
      assertThat(encoder.last(stage).apply(early, Pass.evaluation())).isSameAs(whole);
      assertThat(encoder.features(stage, images, Pass.evaluation())).isSameAs(early);
    }
    assertThat(encoder.features("pool", images, Pass.evaluation())).isSameAs(whole);
  }

  @Test
  void partsShareTheVariablesOfTheWhole() {
    Encoder early = encoder.early("layer1");
    Encoder last = encoder.last("layer1");

    assertThat(early.stages()).containsExactly("stem", "layer1");
    assertThat(last.stages()).containsExactly("layer2", "layer3", "pool");
    assertThat(early.parameters().and(last.parameters())).isEqualTo(encoder.parameters());
    assertThat(early.state().and(last.state())).isEqualTo(encoder.state());
  }

  @Test
  void otherParametersOfTheLastStagesLeaveTheEarlyOnes() {
    Encoder last = encoder.last("layer1");
    Variables phi = last.parameters().copy("phi");
    Expr early = encoder.early("layer1").apply(images, Pass.evaluation());

    Expr features = last.with(phi.vector()).apply(early, Pass.evaluation());
    assertThat(features.contains(early)).isTrue();
    assertThat(features.contains(phi.get("encoder/layer2/conv/weight"))).isTrue();
    assertThat(features.contains(last.parameters().get("encoder/layer2/conv/weight"))).isFalse();
  }

  @Test
  void otherParametersStayWithTheParts() {
    Variables phi = encoder.parameters().copy("phi");
    Encoder other = encoder.with(phi.vector());

    assertThat(other.apply(images, Pass.evaluation()))
        .isSameAs(encoder.apply(phi.vector(), images, Pass.evaluation()));
    assertThat(other.early("stem").apply(images, Pass.evaluation()))
        .isSameAs(encoder.early("stem").apply(phi.vector(), images, Pass.evaluation()));
  }

  @Test
  void aMessageTellsOfAllParametersWithoutValue() {
    Vector other = Vector.of(ImmutableMap.of("w", Expr.input("w", 3)));

    assertThatThrownBy(() -> encoder.with(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            layer with other parameters: 12 of 12 have no value.
              missing  encoder/stem/conv/weight, encoder/stem/bn/weight, encoder/stem/bn/bias, \
            encoder/layer1/conv/weight, encoder/layer1/bn/weight, ...
              given    w
            Maybe the values belong to another layer.""");
  }

  @Test
  void anUnknownStageListsThoseThatExist() {
    assertThatThrownBy(() -> encoder.early("layer4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            encoder: there is no stage "layer4".
              stages  stem, layer1, layer2, layer3, pool
            Maybe one of these was meant.""");
  }

  @Test
  void nothingComesAfterTheLastStage() {
    assertThatThrownBy(() -> encoder.last("pool"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            encoder: no stage comes after "pool".
              stages  stem, layer1, layer2, layer3, pool
            Maybe an earlier stage was meant.""");
  }

  @Test
  void needsAStage() {
    assertThatThrownBy(() -> Encoder.of(ImmutableMap.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("encoder: there are no stages.\nMaybe a map is empty.");
  }
}
