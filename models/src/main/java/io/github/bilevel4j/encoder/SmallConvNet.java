package io.github.bilevel4j.encoder;

import io.github.bilevel4j.layer.Activation;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A network that trains in minutes on two CPU cores: stages {@code stem, layer1, layer2, layer3} of
 * 3 x 3 convolution, batch normalization and ReLU, and {@code pool}, the 128 features. On images of
 * 32 pixels a side the stages have 32 x 16 x 16, 64 x 8 x 8, 128 x 8 x 8 and 128 x 4 x 4 channels
 * and pixels.
 */
public final class SmallConvNet {
  private SmallConvNet() {}

  /** A new network for color images. */
  public static Encoder init(Scope scope) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put("stem", stage(3, 32, 2).init(scope.child("stem")));
    stages.put("layer1", stage(32, 64, 2).init(scope.child("layer1")));
    stages.put("layer2", stage(64, 128, 1).init(scope.child("layer2")));
    stages.put("layer3", stage(128, 128, 2).init(scope.child("layer3")));
    stages.put("pool", new GlobalAveragePool());
    return Encoder.of(stages);
  }

  /**
   * One that trains in half a minute on images of 16 pixels a side: stages {@code stem, layer1,
   * layer2} with 16 x 8 x 8, 32 x 4 x 4 and 64 x 4 x 4 channels and pixels, and {@code pool}, the
   * 64 features.
   */
  public static Encoder tiny(Scope scope) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put("stem", stage(3, 16, 2).init(scope.child("stem")));
    stages.put("layer1", stage(16, 32, 2).init(scope.child("layer1")));
    stages.put("layer2", stage(32, 64, 1).init(scope.child("layer2")));
    stages.put("pool", new GlobalAveragePool());
    return Encoder.of(stages);
  }

  private static Sequential stage(int inputs, int outputs, int stride) {
    return Sequential.empty()
        .then("conv", Conv.between(inputs, outputs).kernel(3).stride(stride).padding(1).bias(false))
        .then("bn", BatchNorm.over(outputs))
        .then("relu", Activation.RELU);
  }
}
