package io.github.bilevel4j.examples.ssl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.MagnitudeMask;
import org.junit.jupiter.api.Test;

class SdclrTest {

  @Test
  void masksFiltersAndHasNormalizationOfItsOwn() {
    Scope scope = Scope.seed(1);
    Encoder encoder = SmallConvNet.init(scope);
    Layer projector =
        MlpHead.layers(128, 8, 4).hiddenNorm(MlpHead.Norm.AFFINE).init(scope.child("projector"));
    Sdclr method =
        Sdclr.of(encoder, projector, NtXent.temperature(0.2), MagnitudeMask.fraction(0.5));
    assertThat(method.masks().names())
        .containsExactly(
            "stem/conv/weight", "layer1/conv/weight", "layer2/conv/weight", "layer3/conv/weight");
    assertThat(method.parameters().names())
        .contains("masked/stem/bn/weight", "masked/layer3/bn/bias", "masked/projector/1/weight")
        .containsAll(projector.parameters().names())
        .hasSize(projector.parameters().names().size() + 2 * 5);
    assertThat(method.buffers().names())
        .contains("stem/bn/running_mean", "projector/1/running_var")
        .hasSize(4 + 2 * 5);
  }
}
