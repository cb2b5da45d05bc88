package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.ResNet18;
import io.github.bilevel4j.encoder.ResNet50;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.layer.Scope;

/** The encoders that can be chosen by name. */
enum EncoderKind {
  SMALL(128),
  RESNET18(512),
  RESNET50(2048);

  private static final int SMALL_SIDE = 64;

  private final int features;

  EncoderKind(int features) {
    this.features = features;
  }

  /** The number of features at the end. */
  int features() {
    return features;
  }

  /** A new encoder for images of a side; images of up to 64 pixels get the stem without pooling. */
  Encoder init(Scope scope, int side) {
    boolean small = side <= SMALL_SIDE;
    return switch (this) {
      case SMALL -> SmallConvNet.init(scope);
      case RESNET18 -> small ? ResNet18.smallImageStem(scope) : ResNet18.imageNetStem(scope);
      case RESNET50 -> small ? ResNet50.smallImageStem(scope) : ResNet50.imageNetStem(scope);
    };
  }
}
