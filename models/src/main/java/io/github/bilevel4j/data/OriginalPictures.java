package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.data.PictureCrop.Box;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Pictures of any sizes, decoded when they are asked for. As an image, a picture is scaled such
 * that its shorter side has 256 pixels for 224 of the image, and the center is cut out (bilinear,
 * with the sizes of torchvision's Resize and CenterCrop); crops are cut out of the picture itself.
 */
final class OriginalPictures implements ImageSamples {
  private static final double SHORTER_SIDE = 256.0 / 224;

  /** Pixels are left out only where so many would remain for each of the result, in each axis. */
  private static final int LEFT = 2;

  private final Path source;
  private final ImmutableList<PictureFile> files;
  private final int size;

  /**
   * Pictures in files.
   *
   * @param source what messages call the set
   * @param size height and width of an image
   */
  OriginalPictures(Path source, ImmutableList<PictureFile> files, int size) {
    this.source = source;
    this.files = files;
    this.size = size;
  }

  @Override
  public int count() {
    return files.size();
  }

  @Override
  public OriginalPictures take(int[] indices) {
    return new OriginalPictures(
        source,
        Arrays.stream(indices).mapToObj(files::get).collect(ImmutableList.toImmutableList()),
        size);
  }

  @Override
  public void copy(int index, byte[] into, int at) {
    try {
      EncodedPicture encoded = files.get(index).encoded();
      int height = encoded.height();
      int width = encoded.width();
      int shorter = (int) Math.rint(SHORTER_SIDE * size);
      Window rows = Window.of(height, Math.min(height, width), shorter, size);
      Window columns = Window.of(width, Math.min(height, width), shorter, size);
      int step = step(Math.min(height, width), shorter);
      Region region = Region.decoded(encoded, new Box(0, 0, height, width), step);
      region.resample(
          rows.resampling(region.rows(), size),
          columns.resampling(region.columns(), size),
          into,
          at);
    } catch (IOException e) {
      throw files.get(index).unreadable(source, e);
    }
  }

  /** What is seen of one axis: from {@code start} on, {@code length} source pixels. */
  private record Window(double start, double length) {
    static Window of(int axis, int shortest, int shorter, int size) {
      int scaled = (int) ((long) shorter * axis / shortest);
      double scale = (double) axis / scaled;
      return new Window(Math.rint((scaled - size) / 2.0) * scale, size * scale);
    }

    Resampling resampling(Axis axis, int outputs) {
      return axis.resampling(start, length, outputs, 0, Integer.MAX_VALUE, false);
    }
  }

  /**
   * Cuts crops out of a picture, which is decoded once.
   *
   * @param draws for each crop
   * @param into the result of each crop, {@code [size, size, 3]}
   */
  void crop(int index, List<PictureCrop> crops, List<SplitMix> draws, byte[][] into) {
    try {
      EncodedPicture encoded = files.get(index).encoded();
      Box[] boxes = new Box[crops.size()];
      Arrays.setAll(
          boxes, i -> crops.get(i).drawn(encoded.height(), encoded.width(), draws.get(i)));
      int step = Integer.MAX_VALUE;
      for (int i = 0; i < boxes.length; i++) {
        int shorter = Math.min(boxes[i].height(), boxes[i].width());
        step = Math.min(step, step(shorter, crops.get(i).size()));
      }
      Region region =
          Region.decoded(encoded, Arrays.stream(boxes).reduce(Box::and).orElseThrow(), step);
      for (int i = 0; i < boxes.length; i++) {
        region.crop(boxes[i], crops.get(i), into[i]);
      }
    } catch (IOException e) {
      throw files.get(index).unreadable(source, e);
    }
  }

  /** Every how many pixels one is decoded. */
  private static int step(int length, int outputs) {
    return Math.max(1, length / (LEFT * outputs));
  }

  /** How the decoded pixels of one axis lie in the picture: every {@code step}-th from a place. */
  private record Axis(int start, int step, int count) {
    /** A place in the picture among the decoded pixels. */
    private double place(double position) {
      int skipped = step / 2;
      return (position - start - skipped - 0.5) / step + 0.5;
    }

    Resampling resampling(
        double from, double length, int outputs, int low, int high, boolean bicubic) {
      int first = (int) Math.max(0, Math.ceil(place(low) - 0.5));
      int last = (int) Math.min(count, Math.ceil(place(high) - 0.5));
      return Resampling.of(
          place(from), length / step, outputs, first, Math.max(last, first + 1), bicubic);
    }
  }

  /** A part of a picture, decoded. */
  private record Region(Picture picture, Axis rows, Axis columns) {
    static Region decoded(EncodedPicture encoded, Box box, int step) throws IOException {
      int every = Math.min(step, Math.min(box.height(), box.width()));
      Picture picture = Picture.decoded(encoded, box, every);
      return new Region(
          picture,
          new Axis(box.top(), every, picture.height()),
          new Axis(box.left(), every, picture.width()));
    }

    void crop(Box box, PictureCrop crop, byte[] into) {
      resample(
          rows.resampling(
              box.top(),
              box.height(),
              crop.size(),
              box.top(),
              box.top() + box.height(),
              crop.bicubic()),
          columns.resampling(
              box.left(),
              box.width(),
              crop.size(),
              box.left(),
              box.left() + box.width(),
              crop.bicubic()),
          into,
          0);
    }

    void resample(Resampling vertical, Resampling horizontal, byte[] into, int at) {
      Resampling.resample(picture.rgb(), picture.width(), vertical, horizontal, into, at);
    }
  }
}
