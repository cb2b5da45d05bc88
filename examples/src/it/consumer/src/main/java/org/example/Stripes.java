package org.example;

import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.ImageSource;
import io.github.bilevel4j.data.LabeledImages;
import java.util.List;
import java.util.Random;

/** A data source: horizontal and vertical stripes in random colors. */
public final class Stripes implements ImageSource {
  private static final int SIDE = 16;

  @Override
  public ImageDataset read() {
    return new ImageDataset(images(40, 1), images(20, 2), "stripes");
  }

  private static LabeledImages images(int count, long seed) {
    Random random = new Random(seed);
    byte[][] images = new byte[count][SIDE * SIDE * 3];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = i % 2;
      byte[] color = new byte[3];
      random.nextBytes(color);
      for (int k = 0; k < images[i].length; k++) {
        int along = labels[i] == 0 ? k / (3 * SIDE) : k / 3 % SIDE;
        images[i][k] = along / 2 % 2 == 0 ? color[k % 3] : 0;
      }
    }
    return LabeledImages.of(SIDE, SIDE, 3, images, labels, List.of("horizontal", "vertical"));
  }
}
