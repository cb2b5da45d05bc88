package io.github.bilevel4j.experiment;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SavedSizesTest {

  @Test
  void weightsOfARunWithAnotherBatch() {
    Variables encoder = Variables.of(Expr.variable("conv", zeros(3, 3)));
    Variables method =
        Variables.of(
            Expr.variable("moco-v2 queue/rows", zeros(64, 8)),
            Expr.variable("moco-v2 queue/pointer", Array.scalar(0)));
    ImmutableMap<String, Array> saved =
        ImmutableMap.of(
            "conv", zeros(3, 3),
            "moco-v2 queue/rows", zeros(128, 8),
            "moco-v2 queue/pointer", Array.scalar(0));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new SavedSizes(Path.of("moco.safetensors"), saved)
                    .requireOfThisRun(encoder, method))
        .withMessage(
            """
            resume: the encoder fits, but 1 of 2 variables of the method have another shape.
              variable            this run  file
              moco-v2 queue/rows  [64, 8]   [128, 8]
            Maybe batch, preset and data should be those of the run that wrote\
             moco.safetensors: sizes of queues and heads follow from them.""");
  }

  /** Another encoder is told of where it is read: nothing here says that it fits. */
  @Test
  void weightsOfAnotherEncoder() {
    Variables encoder = Variables.of(Expr.variable("conv", zeros(3, 3)));
    Variables method = Variables.of(Expr.variable("projector/0/weight", zeros(8, 8)));
    for (String name : List.of("conv", "stem/conv")) {
      ImmutableMap<String, Array> saved =
          ImmutableMap.of(name, zeros(5, 5), "projector/0/weight", zeros(4, 4));
      assertThatCode(() -> new SavedSizes(Path.of("own"), saved).requireOfThisRun(encoder, method))
          .as(name)
          .doesNotThrowAnyException();
    }
  }

  private static Array zeros(int... dims) {
    return Array.fill(Shape.of(dims), i -> 0);
  }
}
