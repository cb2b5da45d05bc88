package io.github.bilevel4j.augment;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import java.util.Collections;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The augmentations that make the views of an image, two or more, as self-supervised methods
 * compare.
 */
public record Views(ImmutableList<Augmentation> each) {

  /**
   * Checks the number.
   *
   * @throws IllegalArgumentException if there are fewer than two views
   */
  public Views {
    if (each.size() < 2) {
      throw UsageError.in("views")
          .because("an image has %d views, two or more are compared", each.size())
          .maybe("Views.alike(augmentation) was meant.");
    }
  }

  /** One view by each. */
  public Views(Augmentation first, Augmentation second) {
    this(ImmutableList.of(first, second));
  }

  /** Two views drawn in the same way, independently. */
  public static Views alike(Augmentation augmentation) {
    return alike(augmentation, 2);
  }

  /**
   * So many views drawn in the same way, independently.
   *
   * @throws IllegalArgumentException if they are fewer than two
   */
  public static Views alike(Augmentation augmentation, int count) {
    return new Views(ImmutableList.copyOf(Collections.nCopies(count, augmentation)));
  }

  /** With so many more views after these, drawn in another way. */
  public Views and(Augmentation augmentation, int count) {
    return new Views(
        ImmutableList.<Augmentation>builder()
            .addAll(each)
            .addAll(Collections.nCopies(count, augmentation))
            .build());
  }

  /** The augmentation of the first view. */
  public Augmentation first() {
    return each.get(0);
  }

  /** With one more augmentation at the end of each. */
  public Views then(Augmentation next) {
    return new Views(
        each.stream().map(view -> view.then(next)).collect(ImmutableList.toImmutableList()));
  }

  /** With crops from elsewhere, see {@link Augmentation#withCrops}; each view has its own. */
  public Views withCrops(Function<RandomResizedCrop, Expr> crops) {
    return new Views(
        each.stream().map(view -> view.withCrops(crops)).collect(ImmutableList.toImmutableList()));
  }

  /** The views of images. */
  public ImmutableList<Expr> of(Expr images, RandomKey randomness) {
    return IntStream.range(0, each.size())
        .mapToObj(i -> each.get(i).apply(images, randomness.foldIn("view " + (i + 1))))
        .collect(ImmutableList.toImmutableList());
  }
}
