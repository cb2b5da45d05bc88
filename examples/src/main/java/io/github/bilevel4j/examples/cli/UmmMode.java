package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.RandomKey;
import java.util.Locale;
import java.util.function.Function;

/** How UMM is trained: as the paper proposes it, or in one of the ways that it compares. */
enum UmmMode {
  /** Two levels, on an encoder that was pre-trained. */
  BILEVEL,
  /** A self-supervised step and a UMM step in turn, from the beginning. */
  JOINT,
  /** All terms at once, on an encoder that was pre-trained. */
  SINGLE_LEVEL;

  /** The training of an experiment's encoder. */
  UmmTraining training(Experiment experiment, Function<RandomKey, UmmSettings> settings) {
    return switch (this) {
      case BILEVEL -> UmmTraining.bilevel(experiment, settings);
      case JOINT -> UmmTraining.joint(experiment, settings);
      case SINGLE_LEVEL -> UmmTraining.singleLevel(experiment, settings);
    };
  }

  /** What the phase of a run is called in its records. */
  String phase() {
    return this == BILEVEL ? "umm" : toString();
  }

  /** What the features are called with which it begins. */
  String before(boolean loaded) {
    if (this == JOINT) {
      return loaded ? "loaded" : "initial";
    }
    return "before";
  }

  /** What the features are called with which it ends. */
  String after() {
    return this == BILEVEL ? "after" : toString();
  }

  /** The name on the command line, for instance {@code single-level}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
