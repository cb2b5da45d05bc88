package io.github.bilevel4j.ssl;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.layer.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The layers of a method's heads as further stages of its encoder: {@code projector/1, ...,
 * projector/out}, then those of the predictor if there is one. A stage is a dense layer with the
 * normalization and activation that follow it; a head without dense layers has {@code out} alone.
 */
public final class HeadStages {
  /** What the loss, or the predictor, is given. */
  public static final String PROJECTOR_OUT = "projector/out";

  private static final int MATRIX = 2;

  private HeadStages() {}

  /** The encoder with these stages behind its own. */
  public static Encoder after(Encoder encoder, SslMethod method) {
    Encoder whole = encoder;
    for (Map.Entry<String, Layer> head : method.headsByRole().entrySet()) {
      List<Layer> stages = stages(head.getValue());
      for (int i = 1; i <= stages.size(); i++) {
        String name = i == stages.size() ? "out" : Integer.toString(i);
        whole = whole.then(head.getKey() + "/" + name, stages.get(i - 1));
      }
    }
    return whole;
  }

  private static List<Layer> stages(Layer head) {
    List<Layer> stages = new ArrayList<>();
    boolean hasDense = false;
    for (Layer layer : head.parts()) {
      if (stages.isEmpty() || (isDense(layer) && hasDense)) {
        stages.add(layer);
      } else {
        stages.set(stages.size() - 1, stages.get(stages.size() - 1).then(layer));
      }
      hasDense |= isDense(layer);
    }
    return stages.isEmpty() ? List.of(head) : stages;
  }

  private static boolean isDense(Layer layer) {
    return layer.parameters().leaves().values().stream()
        .anyMatch(variable -> variable.shape().rank() == MATRIX);
  }
}
