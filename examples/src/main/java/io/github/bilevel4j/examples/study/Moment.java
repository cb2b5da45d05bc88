package io.github.bilevel4j.examples.study;

import java.util.Locale;

/** What an encoder that is evaluated has behind it, as a run of UMM with its controls notes it. */
enum Moment {
  BEFORE("", "before"),
  ALPHA_0("*", "alpha-0"),
  BETA_0("**", "beta-0"),
  AFTER(" + UMM", "umm"),
  SSL_STEPS(" + SSL steps", "ssl-steps"),
  SINGLE_LEVEL(" + single level", "single-level"),
  JOINT(" & UMM", "joint");

  /** What stands below a table with the rows of alpha 0 and beta 0. */
  static final String ABLATIONS =
      "* alpha 0, ** beta 0: which of the two marks which ablation is lost in the paper's text"
          + " and assumed.\n";

  private final String suffix;
  private final String variant;

  Moment(String suffix, String variant) {
    this.suffix = suffix;
    this.variant = variant;
  }

  /** The name of a method's row. */
  String row(String method) {
    return method + suffix;
  }

  /** Which of the paper's numbers stands beside. */
  String variant() {
    return variant;
  }

  /** The weights of this moment, which a cell of UMM with its controls made or began with. */
  Cell.Start weights(Cell umm) {
    return switch (this) {
      case BEFORE -> umm.start().orElseThrow();
      case AFTER -> new Cell.Start(umm, Cell.WEIGHTS);
      default -> new Cell.Start(umm, this + ".safetensors");
    };
  }

  /** The name in a run's table. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
