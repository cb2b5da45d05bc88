package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.losses.ViewPairs;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * W-MSE: the mean squared error of whitened views. For each of some iterations the batch is
 * permuted, the same way for all views, and cut into sub-batches, in each of which every view is
 * whitened by itself. With the whitened rows {@code y},
 *
 * <pre>
 * L = mean over pairs of views, iterations and images of 2 - 2 cos(y_a, y_b).
 * </pre>
 *
 * <p>L is alignment alone, the constraint is an operation, the {@link Whitening}; the loss is
 * differentiated through it and through all views. Views are embeddings {@code [n, d]}, two of them
 * (W-MSE 2) or more (W-MSE 4); n is a multiple of the sub-batch, which should be {@code 2 d} or
 * more.
 *
 * <p>Source: Ermolov, Siarohin, Sangineto, Sebe, "Whitening for self-supervised representation
 * learning", 2021.
 *
 * @param subBatch the number of images whitened together, two or more
 * @param iterations the number of permutations, one or more
 * @param whitening the whitening of a sub-batch
 */
public record WMseLoss(int subBatch, int iterations, Whitening whitening) {
  private static final String NAME = "WMseLoss";

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the sub-batch is smaller than two or there is no iteration
   */
  public WMseLoss {
    if (subBatch < 2 || iterations < 1) {
      throw UsageError.in(NAME)
          .because("needs sub-batches of two images or more and one iteration or more")
          .value("sub-batch", subBatch)
          .value("iterations", iterations)
          .maybe("WMseLoss.subBatch(128).iterations(1) was meant.");
    }
  }

  /**
   * With sub-batches of so many images, one iteration and no shrinkage; 128 for 64 dimensions.
   *
   * @throws IllegalArgumentException if it is smaller than two
   */
  public static WMseLoss subBatch(int images) {
    return new WMseLoss(images, 1, Whitening.shrinkage(0));
  }

  /**
   * With so many permutations of the batch.
   *
   * @throws IllegalArgumentException if it is less than one
   */
  public WMseLoss iterations(int number) {
    return new WMseLoss(subBatch, number, whitening);
  }

  /**
   * With covariances shrunk towards I, so that they are never singular.
   *
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public WMseLoss shrinkage(double shrinkage) {
    return new WMseLoss(subBatch, iterations, Whitening.shrinkage(shrinkage));
  }

  /**
   * The loss L with random sub-batches.
   *
   * @param views the embeddings of two views or more
   * @throws IllegalArgumentException if the views differ in shape or are fewer than two, if n is
   *     not a multiple of the sub-batch, or as {@link Whitening#of}
   */
  public Expr of(RandomKey randomness, List<Expr> views) {
    return alignment(randomness, views);
  }

  /**
   * The loss L with given sub-batches.
   *
   * @param orders for each iteration the images in the order in which they are cut into
   *     sub-batches, {@code [n]}
   * @param views the embeddings of two views or more
   * @throws IllegalArgumentException as {@link #of(RandomKey, List)}, or if there is not one order
   *     for each iteration
   */
  public Expr of(List<Expr> orders, List<Expr> views) {
    return alignment(orders, views);
  }

  /**
   * The part of L that draws views of an image together: all of it.
   *
   * @throws IllegalArgumentException as {@link #of(RandomKey, List)}
   */
  public Expr alignment(RandomKey randomness, List<Expr> views) {
    int images = requireWholeSubBatches(views);
    return alignment(
        IntStream.range(0, iterations)
            .mapToObj(i -> randomness.foldIn("order " + i).uniform(images).ranks(0))
            .toList(),
        views);
  }

  /**
   * The part of L that draws views of an image together: all of it.
   *
   * @throws IllegalArgumentException as {@link #of(List, List)}
   */
  public Expr alignment(List<Expr> orders, List<Expr> views) {
    requireOrders(orders, requireWholeSubBatches(views));
    return orders.stream()
        .map(order -> alignment(order, views))
        .reduce(Expr::plus)
        .orElseThrow()
        .dividedBy(iterations);
  }

  private Expr alignment(Expr order, List<Expr> views) {
    List<Expr> whitened = views.stream().map(view -> whitened(view, order)).toList();
    return ViewPairs.different(views.size(), views.size())
        .mean((v, w) -> CosineSimilarity.ofRows(whitened.get(v), whitened.get(w)).mean())
        .times(-2)
        .plus(2);
  }

  /** The whitened sub-batches, {@code [n / w, w, d]}. */
  private Expr whitened(Expr view, Expr order) {
    int images = view.shape().dim(0);
    Shape groups = Shape.of(images / subBatch, subBatch, view.shape().dim(1));
    return whitening.of(view.gather(order).reshape(groups));
  }

  private int requireWholeSubBatches(List<Expr> views) {
    Operands operands =
        Operands.of(NAME).and("z", views).requireOneShape().requireTwoViews(views.size());
    int images = views.get(0).shape().dim(0);
    if (images == 0 || images % subBatch != 0) {
      throw operands
          .mistake("a batch of " + images + " is not whole sub-batches of " + subBatch)
          .maybe("a batch of %s images was meant.", wholes(images));
    }
    return images;
  }

  /** The nearest numbers of images that are whole sub-batches. */
  private String wholes(int images) {
    int above = (images / subBatch + 1) * subBatch;
    return images < subBatch ? "" + above : (above - subBatch) + " or " + above;
  }

  private void requireOrders(List<Expr> orders, int images) {
    if (orders.size() != iterations
        || !orders.stream().allMatch(order -> order.shape().equals(Shape.of(images)))) {
      throw UsageError.in(NAME)
          .because("needs an order of the %d images for each of %d iterations", images, iterations)
          .row("orders", orders.stream().map(Expr::shape).toList().toString())
          .maybe("iterations(%d) or another batch was meant.", Math.max(1, orders.size()));
    }
  }
}
