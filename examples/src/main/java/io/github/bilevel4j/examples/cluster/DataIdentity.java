package io.github.bilevel4j.examples.cluster;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What tells whether replicas have the same images, wherever these are. */
public final class DataIdentity {
  private static final int IMAGES_READ = 16;
  private static final int SHOWN = 12;

  private DataIdentity() {}

  /**
   * The beginning of a hash of sizes, names of classes and labels, and of the samples of some
   * images that are evenly spaced in each part.
   */
  public static String hash(ImageDataset data) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (LabeledImages part : List.of(data.pretraining(), data.train(), data.test())) {
      hasher.putString(part.toString(), StandardCharsets.UTF_8);
      part.classNames().forEach(name -> hasher.putString(name + "\n", StandardCharsets.UTF_8));
      if (part.hasLabels()) {
        Arrays.stream(part.labels()).forEach(hasher::putInt);
      }
      int read = Math.min(IMAGES_READ, part.count());
      for (int i = 0; i < read; i++) {
        hasher.putBytes(part.samples((int) ((long) i * part.count() / read)));
      }
    }
    return hasher.hash().toString().substring(0, SHOWN);
  }
}
