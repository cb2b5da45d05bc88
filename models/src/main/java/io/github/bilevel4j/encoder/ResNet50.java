package io.github.bilevel4j.encoder;

import io.github.bilevel4j.layer.Scope;

/**
 * ResNet-50 without its classifier (He et al. 2016): stages {@code stem, layer1, ..., layer4} of
 * 64, 256, 512, 1024, 2048 channels, and {@code pool}, the 2048 features. Names are torchvision's
 * with slashes for dots; as there, the stride is in the 3 x 3 convolution of a block.
 */
public final class ResNet50 {
  private ResNet50() {}

  /**
   * For images of about 32 pixels a side: the first convolution has 3 x 3 pixels and stride 1, and
   * there is no max-pooling (Chen et al. 2020, SimCLR). 23,500,352 parameters.
   */
  public static Encoder smallImageStem(Scope scope) {
    return ResNet.encoder(scope, ResNet.smallImageStem(), ResNet.Block.BOTTLENECK, 3, 4, 6, 3);
  }

  /** For images of about 224 pixels a side: as published. 23,508,032 parameters. */
  public static Encoder imageNetStem(Scope scope) {
    return ResNet.encoder(scope, ResNet.imageNetStem(), ResNet.Block.BOTTLENECK, 3, 4, 6, 3);
  }
}
