package io.github.bilevel4j.encoder;

import io.github.bilevel4j.layer.Scope;

/**
 * How an encoder is made. A public class with a public constructor without parameters can be chosen
 * by its name on the command line.
 */
@FunctionalInterface
public interface EncoderSpec {

  /**
   * A new encoder of images.
   *
   * @param side the height and width of the images in pixels
   */
  Encoder init(Scope scope, int side);
}
