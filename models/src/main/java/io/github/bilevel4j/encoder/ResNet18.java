package io.github.bilevel4j.encoder;

import io.github.bilevel4j.layer.Scope;

/**
 * ResNet-18 without its classifier (He et al. 2016): stages {@code stem, layer1, ..., layer4} of
 * 64, 64, 128, 256, 512 channels, and {@code pool}, the 512 features. Names are torchvision's with
 * slashes for dots, {@code layer2/0/downsample/0/weight}.
 */
public final class ResNet18 {
  private ResNet18() {}

  /**
   * For images of about 32 pixels a side: the first convolution has 3 x 3 pixels and stride 1, and
   * there is no max-pooling (Chen et al. 2020, SimCLR). 11,168,832 parameters.
   */
  public static Encoder smallImageStem(Scope scope) {
    return ResNet.encoder(scope, ResNet.smallImageStem(), ResNet.Block.BASIC, 2, 2, 2, 2);
  }

  /** For images of about 224 pixels a side: as published. 11,176,512 parameters. */
  public static Encoder imageNetStem(Scope scope) {
    return ResNet.encoder(scope, ResNet.imageNetStem(), ResNet.Block.BASIC, 2, 2, 2, 2);
  }
}
