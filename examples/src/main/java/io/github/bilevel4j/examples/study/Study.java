package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.eval.Paired;
import java.util.List;
import java.util.Locale;

/**
 * A table or figure of the paper, the demonstration, or what goes beyond it: the cells that it
 * needs, and how it is laid out.
 */
public interface Study {
  /** What is told of one seed before the first cell, and below every table. */
  String ONE_SEED = "One seed: there is no deviation and no interval.";

  /** For instance {@code table1}. */
  String id();

  /** What it shows. */
  String title();

  /** The data sets that it has in the paper. */
  ImmutableList<Benchmark> benchmarks();

  /**
   * What its cells are told instead of a scale's settings, besides.
   *
   * @param given which replace these
   */
  default ImmutableList<Setting> settings(List<Setting> given) {
    return ImmutableList.of();
  }

  /** The data that are drawn for it where no others are there. */
  default String drawn() {
    return "builtin";
  }

  /** How many seeds it has at a scale. */
  default int seeds(Scale scale) {
    return scale.seeds();
  }

  /** Whether it needs pictures with boxes, too. */
  default boolean isOfDetection() {
    return false;
  }

  /** The cells. */
  ImmutableList<Cell> cells(Design design);

  /**
   * What it becomes of the cells that have ended, in Markdown. A figure is written to the study's
   * folder, and its text tells where.
   *
   * @param caption tells pictures and settings
   */
  String layout(Design design, StudyFolder study, String caption);

  /** What stands below every table. */
  static String legend(Design design) {
    int seeds = design.seeds();
    return seeds < 2
        ? ONE_SEED + "\n"
        : String.format(
            Locale.ROOT,
            "Means ± standard deviations (n - 1). Differences are paired over seeds, ± standard"
                + " error;%nbelow %.1f of them (Student's t of 95 %% with %d seeds) they are \"no"
                + " difference\".%n",
            Paired.leastErrors(seeds),
            seeds);
  }
}
