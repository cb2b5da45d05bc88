package io.github.bilevel4j.laws;

import io.github.bilevel4j.shape.Array;
import java.util.List;

/** The ways in which the features of a batch collapse. */
public enum Collapse {
  /** All features are zero. */
  TO_ZERO,
  /** The first row of each view is zero. */
  OF_ONE_ROW,
  /** All rows of all views are equal. */
  TO_ONE_POINT,
  /** All rows lie on a line. */
  TO_A_LINE,
  /** All views of each image are equal. */
  OF_VIEWS;

  /** Collapsed views made of others, all {@code [n, d]}. */
  public List<Array> of(List<Array> views) {
    return views.stream().map(z -> of(z, views.get(0))).toList();
  }

  private Array of(Array z, Array first) {
    int columns = z.shape().dim(1);
    return switch (this) {
      case TO_ZERO -> Array.fill(z.shape(), i -> 0);
      case OF_ONE_ROW -> Array.fill(z.shape(), i -> i < columns ? 0 : z.at(i));
      case TO_ONE_POINT -> Array.fill(z.shape(), i -> first.at(i % columns));
      case TO_A_LINE -> Array.fill(z.shape(), i -> first.at(i % columns) * z.get(i / columns, 0));
      case OF_VIEWS -> first;
    };
  }
}
