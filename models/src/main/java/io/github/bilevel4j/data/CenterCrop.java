package io.github.bilevel4j.data;

/**
 * Brings a picture to a square: its shorter side is resized to 8/7 of the square's, as 256 is to
 * 224, and the middle is cut out. Resizing is linear interpolation where it enlarges and a triangle
 * filter as wide as the scale where it reduces, first along rows, then along columns, with weights
 * of 22 binary places and 8-bit samples between, as Pillow's bilinear filter has them.
 *
 * @param side of the square
 */
record CenterCrop(int side) {
  /** Binary places of weights. */
  private static final int PLACES = 22;

  /** The length of the shorter side from whose middle is cut. */
  int shorterSide() {
    return (int) Math.round(side * 8 / 7.0);
  }

  /** The square {@code [side, side, 3]}. */
  byte[] of(Picture picture) {
    int height = picture.height();
    int width = picture.width();
    if (height == side && width == side) {
      return picture.rgb();
    }
    int shorter = Math.min(height, width);
    long newHeight = height == shorter ? shorterSide() : scaled(height, shorter);
    long newWidth = width == shorter ? shorterSide() : scaled(width, shorter);
    Weights columns = Weights.of(width, newWidth, middle(newWidth), side);
    Weights rows = Weights.of(height, newHeight, middle(newHeight), side);
    byte[] narrow = alongRows(picture.rgb(), width, columns, rows.first(), rows.end());
    return alongColumns(narrow, rows);
  }

  private long scaled(long longer, long shorter) {
    return shorterSide() * longer / shorter;
  }

  /** Half an even number of pixels is left out on each side; of an odd one, to the even. */
  private long middle(long length) {
    return (long) Math.rint((length - side) / 2.0);
  }

  private byte[] alongRows(byte[] rgb, int width, Weights weights, int firstRow, int endRow) {
    byte[] narrow = new byte[3 * side * (endRow - firstRow)];
    for (int y = firstRow; y < endRow; y++) {
      for (int i = 0; i < 3 * side; i++) {
        narrow[(y - firstRow) * 3 * side + i] = weights.sum(i / 3, rgb, 3 * y * width + i % 3, 3);
      }
    }
    return narrow;
  }

  private byte[] alongColumns(byte[] narrow, Weights weights) {
    byte[] square = new byte[3 * side * side];
    for (int y = 0; y < side; y++) {
      for (int i = 0; i < 3 * side; i++) {
        square[y * 3 * side + i] = weights.sum(y, narrow, i - weights.first() * 3 * side, 3 * side);
      }
    }
    return square;
  }

  /**
   * Of which old samples a range of new ones are made.
   *
   * @param from the position of the first old sample of each
   * @param shares the weights of that and those after it
   */
  private record Weights(int[] from, int[][] shares) {
    static Weights of(int length, long newLength, long begin, int count) {
      double scale = (double) length / newLength;
      double support = Math.max(scale, 1);
      int[] from = new int[count];
      int[][] shares = new int[count][];
      for (int i = 0; i < count; i++) {
        double center = (begin + i + 0.5) * scale;
        int first = Math.max((int) (center - support + 0.5), 0);
        int end = Math.min((int) (center + support + 0.5), length);
        double[] triangle = new double[end - first];
        double sum = 0;
        for (int j = 0; j < triangle.length; j++) {
          triangle[j] = Math.max(0, 1 - Math.abs((j + first - center + 0.5) / support));
          sum += triangle[j];
        }
        from[i] = first;
        shares[i] = new int[triangle.length];
        for (int j = 0; j < triangle.length; j++) {
          shares[i][j] = (int) (0.5 + triangle[j] / sum * (1 << PLACES));
        }
      }
      return new Weights(from, shares);
    }

    int first() {
      return from[0];
    }

    int end() {
      return from[from.length - 1] + shares[shares.length - 1].length;
    }

    byte sum(int position, byte[] samples, int at, int step) {
      int sum = 1 << (PLACES - 1);
      for (int j = 0; j < shares[position].length; j++) {
        sum += (samples[at + (from[position] + j) * step] & 0xff) * shares[position][j];
      }
      return (byte) Math.max(0, Math.min(255, sum >> PLACES));
    }
  }
}
