package io.github.bilevel4j.monitor;

import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.eval.LabelFreeMetrics;
import io.github.bilevel4j.eval.LabelFreeMetrics.CodingRates;
import io.github.bilevel4j.shape.Array;
import java.util.Locale;
import java.util.stream.IntStream;

/** What the classes are by which a monitor's coding rate is reduced. */
public enum RateForm {
  /** Each image, of whose two views. */
  PAIRS {
    @Override
    CodingRates of(Array z, LabeledImages images) {
      return LabelFreeMetrics.pairRates(z, Monitor.EPSILON_SQUARED);
    }
  },
  /** Each view, to which the others belong by similarity. */
  SOFT {
    @Override
    CodingRates of(Array z, LabeledImages images) {
      return LabelFreeMetrics.softRates(z, Monitor.EPSILON_SQUARED);
    }
  },
  /** The images' own. */
  LABELS {
    @Override
    CodingRates of(Array z, LabeledImages images) {
      return LabelFreeMetrics.classRates(
          z,
          IntStream.range(0, 2 * images.count()).map(row -> images.label(row / 2)).toArray(),
          Monitor.EPSILON_SQUARED);
    }
  };

  /** The rates of features, two rows one after another for each image. */
  abstract CodingRates of(Array z, LabeledImages images);

  /** The name, in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
