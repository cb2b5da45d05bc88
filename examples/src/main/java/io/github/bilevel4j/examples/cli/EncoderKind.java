package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.encoder.ResNet18;
import io.github.bilevel4j.encoder.ResNet50;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.layer.Scope;
import java.util.Locale;

/** The encoders that can be chosen by name. */
enum EncoderKind implements EncoderSpec {
  TINY(64),
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

  /** Images of up to 64 pixels get the stem without pooling. */
  @Override
  public Encoder init(Scope scope, int side) {
    boolean small = side <= SMALL_SIDE;
    return switch (this) {
      case TINY -> SmallConvNet.tiny(scope);
      case SMALL -> SmallConvNet.init(scope);
      case RESNET18 -> small ? ResNet18.smallImageStem(scope) : ResNet18.imageNetStem(scope);
      case RESNET50 -> small ? ResNet50.smallImageStem(scope) : ResNet50.imageNetStem(scope);
    };
  }

  /** The name on the command line, for instance {@code small}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
