package io.github.bilevel4j.encoder;

import io.github.bilevel4j.layer.Activation;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Conv;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.LayerSpec;
import io.github.bilevel4j.layer.MaxPool;
import io.github.bilevel4j.layer.Residual;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The common plan of residual networks (He et al. 2016) in torchvision's names. */
final class ResNet {
  private static final int STEM_WIDTH = 64;

  private ResNet() {}

  /** How a block of a width is built, and how many channels it has at the end. */
  enum Block {
    BASIC(1),
    BOTTLENECK(4);

    private final int expansion;

    Block(int expansion) {
      this.expansion = expansion;
    }

    LayerSpec of(int inputs, int width, int stride) {
      return this == BASIC
          ? Residual.basic(inputs, width, stride)
          : Residual.bottleneck(inputs, width, stride);
    }
  }

  /** 3 x 3 pixels with stride 1 and no pooling, for images of about 32 pixels a side. */
  static Sequential smallImageStem() {
    return stem(Conv.between(3, STEM_WIDTH).kernel(3).padding(1));
  }

  /** 7 x 7 pixels with stride 2, then the maximum of 3 x 3 with stride 2. */
  static Sequential imageNetStem() {
    return stem(Conv.between(3, STEM_WIDTH).kernel(7).stride(2).padding(3))
        .then("maxpool", MaxPool.size(3).stride(2).padding(1));
  }

  private static Sequential stem(Conv conv) {
    return Sequential.empty()
        .then("conv1", conv.bias(false))
        .then("bn1", BatchNorm.over(STEM_WIDTH))
        .then("relu", Activation.RELU);
  }

  static Encoder encoder(Scope scope, Sequential stem, Block block, int... depths) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put("stem", stem.init(scope));
    int inputs = STEM_WIDTH;
    for (int i = 0; i < depths.length; i++) {
      int width = STEM_WIDTH << i;
      String name = "layer" + (i + 1);
      stages.put(
          name, blocks(block, inputs, width, i == 0 ? 1 : 2, depths[i]).init(scope.child(name)));
      inputs = width * block.expansion;
    }
    stages.put("pool", new GlobalAveragePool());
    return Encoder.of(stages);
  }

  private static Sequential blocks(Block block, int inputs, int width, int stride, int depth) {
    List<LayerSpec> blocks = new ArrayList<>();
    blocks.add(block.of(inputs, width, stride));
    while (blocks.size() < depth) {
      blocks.add(block.of(width * block.expansion, width, 1));
    }
    return Sequential.of(blocks);
  }
}
