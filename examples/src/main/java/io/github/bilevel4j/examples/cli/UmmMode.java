package io.github.bilevel4j.examples.cli;

import java.util.Locale;

/** How UMM is trained: as the paper proposes it, or in one of the ways that it compares. */
enum UmmMode {
  /** Two levels, on an encoder that was pre-trained. */
  BILEVEL,
  /** A self-supervised step and a UMM step in turn, from the beginning. */
  JOINT,
  /** All terms at once, on an encoder that was pre-trained. */
  SINGLE_LEVEL;

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
