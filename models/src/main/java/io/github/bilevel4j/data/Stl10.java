package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The binary files of STL-10 (Coates, Lee, Ng: An Analysis of Single-Layer Networks in Unsupervised
 * Feature Learning, 2011), in a folder or as the archive that is offered for download. A file of
 * images has for each of them the red, green and blue plane of 96 x 96 samples, column by column;
 * labels count from 1. A file may have any number of whole images. Those of a folder stay on the
 * disk and are mapped into memory; those of an archive are unpacked into memory.
 */
public final class Stl10 {
  private static final int SIDE = 96;
  private static final int PLANE = SIDE * SIDE;
  private static final int IMAGE = 3 * PLANE;

  private static final String UNLABELED = "unlabeled_X.bin";
  private static final String TRAIN = "train_X.bin";
  private static final String TEST = "test_X.bin";
  private static final String TRAIN_LABELS = "train_y.bin";
  private static final String TEST_LABELS = "test_y.bin";
  private static final String CLASS_NAMES = "class_names.txt";

  /** All files of images, labels and names. */
  static final ImmutableList<String> FILES =
      ImmutableList.of(CLASS_NAMES, TRAIN, TRAIN_LABELS, TEST, TEST_LABELS, UNLABELED);

  private final DownloadedFiles files;
  private final DataSettings settings;
  private final Map<String, ImageSamples> images = new HashMap<>();
  private final Map<String, int[]> labels = new HashMap<>();
  private ImmutableList<String> classNames = ImmutableList.of();

  private Stl10(Path source, DataSettings settings) {
    this.files =
        new DownloadedFiles(
            source,
            "STL-10",
            "the folder should be stl10_binary; --pretrain-on train needs no unlabeled_X.bin.");
    this.settings = settings;
  }

  /**
   * Reads train, test and, if pre-training is to see them, the unlabeled images.
   *
   * @param source the folder {@code stl10_binary}, or a tar archive of it, which gzip may have
   *     packed
   * @param settings which parts pre-training sees, and a list of the train part's images: a line of
   *     {@code fold_indices.txt}, for instance
   * @throws io.github.bilevel4j.check.UsageError if a file is missing, has another length than that
   *     of whole images, there are more or fewer labels than images, one names no class, a class
   *     has no test image, the archive is damaged, or the images of an archive do not fit into
   *     memory
   */
  public static ImageDataset read(Path source, DataSettings settings) {
    return new Stl10(source, settings).read();
  }

  private ImageDataset read() {
    PretrainingPart part = settings.pretrainOn();
    files.visit(
        FILES.stream().filter(name -> !name.equals(UNLABELED) || part.hasUnlabeled()).toList(),
        this::visit);
    LabeledImages train = Records.subset(labeled(TRAIN, TRAIN_LABELS), settings, files.source());
    LabeledImages test = Records.requireAllClasses(labeled(TEST, TEST_LABELS), files.source());
    return new ImageDataset(
        train,
        test,
        pretraining(part, train),
        "STL-10 from %s, pre-training on %s%s"
            .formatted(files.source(), part, Records.subsetNote(settings)));
  }

  private void visit(String name, long size, InputStream in) throws IOException {
    switch (name) {
      case CLASS_NAMES -> classNames = files.lines(name, size, in);
      case TRAIN_LABELS, TEST_LABELS -> labels.put(name, readLabels(name, size, in));
      default ->
          images.put(name, files.isArchive() ? unpacked(name, size, in) : mapped(name, size));
    }
  }

  private int[] readLabels(String name, long size, InputStream in) throws IOException {
    files.records(name, size, 1);
    if (Heap.lacks((1 + Integer.BYTES) * size)) {
      throw new IOException("its labels do not fit into memory");
    }
    byte[] bytes = in.readNBytes((int) size);
    if (bytes.length < size) {
      throw new EOFException();
    }
    int[] read = new int[bytes.length];
    for (int i = 0; i < read.length; i++) {
      read[i] = (bytes[i] & 0xff) - 1;
    }
    return read;
  }

  private ImageSamples unpacked(String name, long size, InputStream in) throws IOException {
    byte[] planes = new byte[IMAGE];
    int count = files.records(name, size, IMAGE);
    Records.requireMemory(
        files.source(),
        count,
        SIDE,
        "unpack the archive (tar -xf) and give the folder, whose files stay on the disk.");
    byte[][] read = new byte[count][];
    for (int i = 0; i < count; i++) {
      if (in.readNBytes(planes, 0, IMAGE) < IMAGE) {
        throw new EOFException();
      }
      read[i] = new byte[IMAGE];
      transpose(planes, read[i], 0);
    }
    return ImageSamples.of(read);
  }

  private ImageSamples mapped(String name, long size) throws IOException {
    files.records(name, size, IMAGE);
    MappedRecords file = MappedRecords.of(files.path(name), IMAGE);
    return new ImageSamples() {
      @Override
      public int count() {
        return file.count();
      }

      @Override
      public void copy(int index, byte[] into, int at) {
        byte[] planes = new byte[IMAGE];
        file.copy(index, planes);
        transpose(planes, into, at);
      }
    };
  }

  /** From three planes, each column by column, to rows of pixels. */
  private static void transpose(byte[] planes, byte[] into, int at) {
    for (int c = 0; c < 3; c++) {
      for (int x = 0; x < SIDE; x++) {
        for (int y = 0; y < SIDE; y++) {
          into[at + 3 * (y * SIDE + x) + c] = planes[c * PLANE + x * SIDE + y];
        }
      }
    }
  }

  private LabeledImages labeled(String name, String labelsName) {
    int[] classes = labels.get(labelsName);
    if (classes.length != images.get(name).count()) {
      throw UsageError.in("read images")
          .because("%s has not a label for every image", files.shown(labelsName))
          .value("labels", classes.length)
          .value("images", images.get(name).count())
          .maybe("the file was not copied to its end.");
    }
    for (int i = 0; i < classes.length; i++) {
      Records.requireLabel(files.shown(labelsName), i, classes[i], classNames.size(), 1);
    }
    return LabeledImages.of(SIDE, SIDE, 3, images.get(name), classes, classNames);
  }

  private LabeledImages pretraining(PretrainingPart part, LabeledImages train) {
    if (!part.hasUnlabeled()) {
      return train;
    }
    ImageSamples unlabeled = images.get(UNLABELED);
    return LabeledImages.unlabeled(
        SIDE, SIDE, 3, part.hasTrain() ? joined(unlabeled, images.get(TRAIN)) : unlabeled);
  }

  /** First the ones, then the others. */
  private static ImageSamples joined(ImageSamples first, ImageSamples second) {
    return new ImageSamples() {
      @Override
      public int count() {
        return Math.addExact(first.count(), second.count());
      }

      @Override
      public void copy(int index, byte[] into, int at) {
        if (index < first.count()) {
          first.copy(index, into, at);
        } else {
          second.copy(index - first.count(), into, at);
        }
      }
    };
  }
}
