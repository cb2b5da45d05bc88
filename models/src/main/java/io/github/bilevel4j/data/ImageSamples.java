package io.github.bilevel4j.data;

import java.util.Optional;

/**
 * The 8-bit samples of images of one size, wherever they are: in memory, in a mapped file, or in
 * picture files that are decoded when asked for. Safe for use by several threads.
 */
interface ImageSamples {
  /** The number of images. */
  int count();

  /**
   * Writes the samples of one image, {@code [height, width, channels]} in row-major order,
   * unsigned.
   *
   * @param index of the image
   * @param into an array with room for the image from {@code at} on
   * @throws io.github.bilevel4j.check.UsageError if the image cannot be read
   */
  void copy(int index, byte[] into, int at);

  /** All images, an array each, which must not be changed; of images that are in memory. */
  default Optional<byte[][]> inMemory() {
    return Optional.empty();
  }

  /** The images at {@code indices}, in that order; the array must not change. */
  default ImageSamples take(int[] indices) {
    ImageSamples all = this;
    return new ImageSamples() {
      @Override
      public int count() {
        return indices.length;
      }

      @Override
      public void copy(int index, byte[] into, int at) {
        all.copy(indices[index], into, at);
      }
    };
  }

  /** Images in memory, an array each; the arrays must not change. */
  static ImageSamples of(byte[][] images) {
    return new ImageSamples() {
      @Override
      public int count() {
        return images.length;
      }

      @Override
      public void copy(int index, byte[] into, int at) {
        System.arraycopy(images[index], 0, into, at, images[index].length);
      }

      @Override
      public Optional<byte[][]> inMemory() {
        return Optional.of(images);
      }

      @Override
      public ImageSamples take(int[] indices) {
        byte[][] taken = new byte[indices.length][];
        for (int i = 0; i < indices.length; i++) {
          taken[i] = images[indices[i]];
        }
        return of(taken);
      }
    };
  }
}
