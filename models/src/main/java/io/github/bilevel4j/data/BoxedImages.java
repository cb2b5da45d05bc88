package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;

/**
 * Pictures with the objects in them.
 *
 * @param images without classes
 * @param boxes the objects of each
 */
public record BoxedImages(LabeledImages images, ImmutableList<ImmutableList<LabeledBox>> boxes) {

  /** The number of objects. */
  public int count() {
    return boxes.stream().mapToInt(ImmutableList::size).sum();
  }
}
