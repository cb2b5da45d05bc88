package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.layer.Activation;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the small encoder is made of, in three stages: for tests of what is around it. */
public final class TinyEncoder implements EncoderSpec {
  static final String NAME = TinyEncoder.class.getName();

  @Override
  public Encoder init(Scope scope, int side) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put("stem", stage(3, 8).init(scope.child("stem")));
    stages.put("layer1", stage(8, 16).init(scope.child("layer1")));
    stages.put("layer2", stage(16, 16).init(scope.child("layer2")));
    stages.put("pool", new GlobalAveragePool());
    return Encoder.of(stages);
  }

  private static Sequential stage(int inputs, int outputs) {
    return Sequential.empty()
        .then("conv", Conv.between(inputs, outputs).kernel(3).stride(2).padding(1).bias(false))
        .then("bn", BatchNorm.over(outputs))
        .then("relu", Activation.RELU);
  }
}
