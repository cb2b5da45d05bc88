package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.layer.Layer;

/** A method with a predictor after the projector. */
public interface PredictingMethod extends SslMethod {

  /** The predictor from embeddings {@code [n, d]} to predictions {@code [n, d]}. */
  Layer predictor();

  @Override
  default ImmutableMap<String, Layer> headsByRole() {
    return ImmutableMap.of("projector", projector(), "predictor", predictor());
  }

  @Override
  default Layer heads() {
    return projector().then(predictor());
  }
}
