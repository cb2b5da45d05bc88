package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** Pictures of one size, decoded when they are asked for. */
record DecodedImages(Path source, ImmutableList<PictureFile> files, int height, int width)
    implements ImageSamples {
  @Override
  public int count() {
    return files.size();
  }

  @Override
  public DecodedImages take(int[] indices) {
    return new DecodedImages(
        source,
        Arrays.stream(indices).mapToObj(files::get).collect(ImmutableList.toImmutableList()),
        height,
        width);
  }

  @Override
  public void copy(int index, byte[] into, int at) {
    try {
      EncodedPicture encoded = files.get(index).encoded();
      if (encoded.height() != height || encoded.width() != width) {
        throw new IOException(
            "it has %s, others have height %d, width %d".formatted(encoded, height, width));
      }
      byte[] rgb = Picture.decoded(encoded).rgb();
      System.arraycopy(rgb, 0, into, at, rgb.length);
    } catch (IOException e) {
      throw files.get(index).unreadable(source, e);
    }
  }
}
