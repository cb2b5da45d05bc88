package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.ResNet18;
import io.github.bilevel4j.encoder.ResNet50;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.layer.Scope;
import java.util.function.BiFunction;

/** The encoders that can be chosen by name. */
enum EncoderKind {
  SMALL(128, (scope, side) -> SmallConvNet.in(scope)),
  RESNET18(
      512,
      (scope, side) -> small(side) ? ResNet18.smallImageStem(scope) : ResNet18.imageNetStem(scope)),
  RESNET50(
      2048,
      (scope, side) -> small(side) ? ResNet50.smallImageStem(scope) : ResNet50.imageNetStem(scope));

  private static final int SMALL_SIDE = 64;

  private final int features;
  private final BiFunction<Scope, Integer, Encoder> maker;

  EncoderKind(int features, BiFunction<Scope, Integer, Encoder> maker) {
    this.features = features;
    this.maker = maker;
  }

  /** The number of features at the end. */
  int features() {
    return features;
  }

  /** A new encoder for images of a side; images of up to 64 pixels get the stem without pooling. */
  Encoder in(Scope scope, int side) {
    return maker.apply(scope, side);
  }

  private static boolean small(int side) {
    return side <= SMALL_SIDE;
  }
}
