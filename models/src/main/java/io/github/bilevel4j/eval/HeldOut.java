package io.github.bilevel4j.eval;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.Batches;
import java.util.ArrayList;
import java.util.List;

/**
 * Two parts of features: of every class with two samples or more a tenth, at least one, is held
 * out, the samples by the seed.
 */
record HeldOut(Features kept, Features heldOut) {

  /**
   * Divides.
   *
   * @throws UsageError if no class has two samples
   */
  static HeldOut of(Features features, long seed) {
    Positions positions = Positions.of(features, seed);
    return new HeldOut(features.take(positions.kept), features.take(positions.heldOut));
  }

  /** Which rows are in which part. */
  record Positions(List<Integer> kept, List<Integer> heldOut) {

    static Positions of(Features features, long seed) {
      int[] left = new int[features.classes()];
      features.labels().forEach(label -> left[label]++);
      for (int label = 0; label < left.length; label++) {
        left[label] = left[label] < 2 ? 0 : (int) Math.max(1, Math.rint(0.1 * left[label]));
      }
      List<Integer> kept = new ArrayList<>();
      List<Integer> heldOut = new ArrayList<>();
      for (int row : new Batches(features.count(), 1, seed).order(0)) {
        (left[features.labels().get(row)]-- > 0 ? heldOut : kept).add(row);
      }
      if (heldOut.isEmpty()) {
        throw UsageError.in("linear probe")
            .because("a part cannot be held out: no class has two samples")
            .maybe("one rate should be given rather than chosen.");
      }
      return new Positions(kept, heldOut);
    }
  }
}
