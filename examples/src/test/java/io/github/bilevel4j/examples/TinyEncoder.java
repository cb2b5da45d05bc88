package io.github.bilevel4j.examples;

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

/** What the small encoder is made of, in fewer stages: for tests of what is around it. */
public final class TinyEncoder implements EncoderSpec {
  /** What chooses it on the command line. */
  public static final String NAME = TinyEncoder.class.getName();

  @Override
  public Encoder init(Scope scope, int side) {
    return of(scope, 8, 16, 16);
  }

  /** Stages {@code stem, layer1, ...} of so many channels each, and {@code pool}. */
  public static Encoder of(Scope scope, int... channels) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    for (int i = 0; i < channels.length; i++) {
      String name = i == 0 ? "stem" : "layer" + i;
      stages.put(name, stage(i == 0 ? 3 : channels[i - 1], channels[i]).init(scope.child(name)));
    }
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
