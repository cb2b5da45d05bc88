package io.github.bilevel4j.losses.longtail;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;

/**
 * The memory of boosted contrastive learning (BCL-I): how hard each image of the data set is, by
 * its own loss, and how strongly it is therefore augmented.
 *
 * <pre>
 * m_i &lt;- L_i                            at the first visit of image i,
 * m_i &lt;- momentum m_i + (1 - momentum) L_i   at later ones;
 * w   &lt;- 1/2 + (m - mean m) / (2 max |m - mean m|)   after each epoch, in [0, 1].
 * </pre>
 *
 * <p>Mean and maximum are over the images visited so far. The others, and all before the first
 * epoch is over, have the weight zero: nothing is known of them. In the next epoch image i is
 * augmented further with probability {@code w_i} and with strength {@code weakest + (strongest -
 * weakest) w_i}. The published program divides {@code m - mean m} by its standard deviation first,
 * which cancels. Where all losses are equal w is 1/2. Visited images that an epoch does not visit
 * keep their memory.
 *
 * <p>The memory is a constraint by operation: the loss itself is NT-Xent, and no gradient flows
 * into the memory.
 *
 * <p>Source: Zhou, Yao, Wang, Han, Zhang, "Contrastive learning with boosted memorization", 2022.
 */
public final class MomentumLoss {
  private static final String NAME = "MomentumLoss";

  private final double momentum;
  private final Expr losses;
  private final Expr visited;
  private final Expr weights;

  private MomentumLoss(double momentum, Expr losses, Expr visited, Expr weights) {
    this.momentum = momentum;
    this.losses = losses;
    this.visited = visited;
    this.weights = weights;
  }

  /**
   * The empty memory of a data set of so many images, in new variables {@code name/losses}, {@code
   * name/visited} and {@code name/weights}.
   *
   * @param momentum the weight of the old loss, in [0, 1); 0.97 is usual
   * @throws IllegalArgumentException if there are fewer than two images or the momentum is not in
   *     [0, 1)
   */
  public static MomentumLoss of(String name, int images, double momentum) {
    if (images < 2 || !(momentum >= 0 && momentum < 1)) {
      throw UsageError.in(NAME)
          .because("needs two images or more and a momentum in [0, 1)")
          .value("images", images)
          .value("momentum", momentum)
          .maybe("MomentumLoss.of(\"memory\", 50_000, 0.97) was meant.");
    }
    return new MomentumLoss(
        momentum,
        zeros(name + "/losses", images),
        zeros(name + "/visited", images),
        zeros(name + "/weights", images));
  }

  private static Expr zeros(String name, int images) {
    return Expr.variable(name, Shape.of(images), Initializer.zeros());
  }

  /** The remembered losses m, {@code [images]}; zero where an image was never visited. */
  public Expr losses() {
    return losses;
  }

  /** One where an image was visited, else zero, {@code [images]}. */
  public Expr visited() {
    return visited;
  }

  /** The weights w, {@code [images]}. */
  public Expr weights() {
    return weights;
  }

  /**
   * The strength of the further augmentation of some images, {@code weakest + (strongest - weakest)
   * w_i}, {@code [n]}.
   *
   * @param indices the images' positions in the data set, {@code [n]}
   */
  public Expr strengths(Expr indices, double weakest, double strongest) {
    return probabilities(indices).times(strongest - weakest).plus(weakest);
  }

  /**
   * The probability of the further augmentation of some images, {@code w_i}, {@code [n]}.
   *
   * @param indices the images' positions in the data set, {@code [n]}
   */
  public Expr probabilities(Expr indices) {
    return weights.gather(indices);
  }

  /**
   * The assignments that remember the losses of a batch, to be made at each step.
   *
   * @param indices the images' positions in the data set, all different, {@code [n]}
   * @param ofImages the loss of each, {@code [n]}
   * @throws IllegalArgumentException if there is not one loss for each index
   */
  public ImmutableList<Update> updates(Expr indices, Expr ofImages) {
    if (indices.shape().rank() != 1 || !indices.shape().equals(ofImages.shape())) {
      throw UsageError.in(NAME)
          .because("needs an index and a loss of each image, both [n]")
          .row("indices", indices.label(), indices.shape().toString())
          .row("losses", ofImages.label(), ofImages.shape().toString())
          .maybe("the losses were averaged over the batch.");
    }
    int images = losses.shape().dim(0);
    Expr old = losses.gather(indices);
    Expr known = visited.gather(indices);
    Expr next = known.times(momentum).times(old.minus(ofImages)).plus(ofImages).detached();
    return ImmutableList.of(
        new Update(losses, losses.plus(next.minus(old).scatterAdd(indices, images))),
        new Update(
            visited, visited.plus(Expr.constant(1).minus(known).scatterAdd(indices, images))));
  }

  /**
   * The assignments that remember the losses of a batch and, where an epoch ends with it, then make
   * new weights, to be made at each step.
   *
   * @param ended one where the batch is the last one of an epoch, else zero, a scalar
   * @throws IllegalArgumentException as {@link #updates(Expr, Expr)}
   */
  public ImmutableList<Update> updates(Expr indices, Expr ofImages, Expr ended) {
    ImmutableList<Update> remembered = updates(indices, ofImages);
    Expr next = weights(remembered.get(0).value(), remembered.get(1).value());
    return ImmutableList.<Update>builder()
        .addAll(remembered)
        .add(new Update(weights, ended.where(next, weights)))
        .build();
  }

  /** The assignment of new weights, to be made after each epoch. */
  public ImmutableList<Update> weightUpdates() {
    return ImmutableList.of(new Update(weights, weights(losses, visited)));
  }

  private static Expr weights(Expr losses, Expr visited) {
    Expr mean = losses.sum().dividedBy(visited.sum().maximum(1));
    Expr deviations = losses.minus(mean).times(visited);
    Expr largest = deviations.abs().max();
    Expr safe = largest.greaterThan(0).where(largest, Expr.constant(1));
    return deviations.dividedBy(safe).plus(1).dividedBy(2).times(visited);
  }
}
