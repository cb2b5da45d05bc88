package io.github.bilevel4j.losses.contrastive;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.OnlineTargetPair;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.losses.ViewPairs;
import io.github.bilevel4j.problem.Settings;
import java.util.List;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * ReLIC v2: contrast, and invariance of the comparison itself. The online network embeds all views
 * as {@code o_v}, the target network the large ones as {@code t_w}, which are constants. With
 *
 * <pre>
 * p(a; b)_i = softmax over j in {i} and the negatives of i of  cos(a_i, b_j) / temperature,
 * L = mean over (v, w), i of [ -log p(o_v; t_w)_ii + weight KL( p(o_v; t_w)_i || p(t_w; o_v)_i ) ],
 * </pre>
 *
 * <p>v being any view and w a large one. The alignment is the positive similarity and the weighted
 * divergence, the constraint the log-partition; the method is also constrained by an operation:
 * targets come from a moving average of the network.
 *
 * <p>Embeddings are {@code [n, d]}, rows need not be normalized. The large views come first. By
 * default, all other images are negatives, v = w is included, and the negative entropy of p in the
 * divergence is a constant. There is no public program of the authors; the other settings are other
 * readings of the paper.
 *
 * <p>Source: Tomasev, Bica, McWilliams, Buesing, Pascanu, Blundell, Mitrovic, "Pushing the limits
 * of self-supervised ResNets: can we outperform supervised learning without labels on ImageNet?"
 * (ReLIC v2), 2022.
 */
@Value.Immutable
@Settings
public abstract class RelicV2Loss {
  private static final String NAME = "RelicV2Loss";

  /** The logarithm of no probability: finite, so that zero times it is zero. */
  private static final double EXCLUDED = -1e9;

  RelicV2Loss() {}

  /** What is a constant in the divergence {@code E_p log p - E_p log q}. */
  public enum Constant {
    /** The first term. */
    NEGATIVE_ENTROPY,
    /** The distribution p. */
    FIRST_DISTRIBUTION,
    /** Nothing. */
    NOTHING
  }

  /** Which distributions the divergence compares. */
  public enum Invariance {
    /** {@code p(o_v; t_w)} and {@code p(t_w; o_v)}: both directions of one comparison. */
    OF_DIRECTIONS,
    /**
     * For large views {@code p(o_v; t_w)} and {@code p(o_w; t_v)}, v and w differing; for a small
     * one {@code p(o_u; t_w)} and {@code p(o_v; t_w)} with the large view u after w.
     */
    OF_LARGE_VIEWS
  }

  /** Which of the two distributions p and q of an {@link Invariance} the expectation is over. */
  public enum Direction {
    /** The first: {@code KL(p || q)}, as it is printed. */
    FORWARD,
    /** The second: {@code KL(q || p)}, as programs of others have it; {@link Constant} is of q. */
    REVERSE
  }

  /**
   * The loss at a temperature; 0.2 is usual.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static RelicV2Loss temperature(double temperature) {
    return ImmutableRelicV2Loss.of(temperature);
  }

  @Value.Parameter
  abstract double divisor();

  @Value.Default
  double weight() {
    return 1;
  }

  @Value.Default
  Constant constant() {
    return Constant.NEGATIVE_ENTROPY;
  }

  @Value.Default
  Invariance invariance() {
    return Invariance.OF_DIRECTIONS;
  }

  @Value.Default
  Direction direction() {
    return Direction.FORWARD;
  }

  @Value.Default
  boolean sameViews() {
    return true;
  }

  abstract Optional<Expr> negatives();

  /** With another weight of the divergence than 1. */
  public abstract RelicV2Loss weight(double weight);

  /** With something else as constant in the divergence. */
  public abstract RelicV2Loss constant(Constant constant);

  /** With other distributions compared by the divergence. */
  public abstract RelicV2Loss invariance(Invariance invariance);

  /** With the divergence in the other direction. */
  public abstract RelicV2Loss direction(Direction direction);

  /** Whether a view is also compared with its own target; it is by default. */
  public abstract RelicV2Loss sameViews(boolean included);

  /**
   * With the negatives of each image instead of all other images.
   *
   * @param images the numbers of the negatives of image i in row i, {@code [n, negatives]}
   */
  public abstract RelicV2Loss negatives(Expr images);

  @Value.Check
  void check() {
    Require.in(NAME).positive("temperature", divisor());
    Require.in(NAME).notNegative("weight of the divergence", weight());
  }

  /**
   * The loss L of all views by the online network and the large ones, the first, by the target
   * network.
   *
   * @throws IllegalArgumentException if embeddings differ in shape or are not matrices, there are
   *     fewer than two images or views, the targets are none or more than the views, or the
   *     negatives do not have one row for each image
   */
  public Expr of(List<Expr> online, List<Expr> targets) {
    return terms(online, targets).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(List<Expr> online, List<Expr> targets) {
    return LossTerms.of(alignment(online, targets), constraint(online, targets));
  }

  /**
   * The part of L that draws the views of an image together and makes comparisons agree.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(List<Expr> online, List<Expr> targets) {
    OnlineTargetPair views = views(online, targets);
    Expr attraction =
        pairs(views)
            .mean(
                (v, w) ->
                    CosineSimilarity.ofRows(views.trained().get(v), views.targets().get(w)).mean())
            .dividedBy(-divisor());
    return attraction.plus(divergence(online, targets).times(weight()));
  }

  /**
   * The mean divergence without its weight.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr divergence(List<Expr> online, List<Expr> targets) {
    OnlineTargetPair views = views(online, targets);
    return switch (invariance()) {
      case OF_DIRECTIONS ->
          pairs(views)
              .mean(
                  (v, w) ->
                      divergence(
                          similarities(views.trained().get(v), views.targets().get(w)),
                          similarities(views.targets().get(w), views.trained().get(v))));
      case OF_LARGE_VIEWS -> betweenLargeViews(views);
    };
  }

  /**
   * The part of L that draws images apart, the mean log-partition.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(List<Expr> online, List<Expr> targets) {
    OnlineTargetPair views = views(online, targets);
    return pairs(views)
        .mean(
            (v, w) ->
                similarities(views.trained().get(v), views.targets().get(w)).logSumExp(-1).mean());
  }

  private OnlineTargetPair views(List<Expr> online, List<Expr> targets) {
    OnlineTargetPair views = OnlineTargetPair.required(NAME, "o", online, "t", targets);
    Operands.of(NAME).and("o", online).requireTwoImages();
    int images = online.get(0).shape().dim(0);
    if (negatives().isPresent()
        && (negatives().get().shape().rank() != 2 || negatives().get().shape().dim(0) != images)) {
      throw UsageError.in(NAME)
          .because("there should be a row of negatives for each of the %d images", images)
          .row("negatives", negatives().get().label(), negatives().get().shape().toString())
          .maybe("they were drawn for another batch.");
    }
    return views;
  }

  private ViewPairs pairs(OnlineTargetPair views) {
    int count = views.trained().size();
    int large = views.targets().size();
    return sameViews() ? ViewPairs.all(count, large) : ViewPairs.different(count, large);
  }

  private Expr betweenLargeViews(OnlineTargetPair views) {
    int large = views.targets().size();
    if (large < 2) {
      throw UsageError.in(NAME)
          .because("needs two large views or more to compare, got %d", large)
          .maybe("Invariance.OF_DIRECTIONS was meant.");
    }
    return ViewPairs.different(views.trained().size(), large)
        .mean(
            (v, w) -> {
              Expr seen = similarities(views.trained().get(v), views.targets().get(w));
              int next = (w + 1) % large;
              return v < large
                  ? divergence(seen, similarities(views.trained().get(w), views.targets().get(v)))
                  : divergence(
                      similarities(views.trained().get(next), views.targets().get(w)), seen);
            });
  }

  /**
   * {@code cos(a_i, b_j) / temperature}, no probability for what is not compared, {@code [n, n]}.
   */
  private Expr similarities(Expr a, Expr b) {
    Expr similarities = CosineSimilarity.ofAllRows(a, b).dividedBy(divisor());
    int images = a.shape().dim(0);
    return negatives()
        .map(indices -> indices.oneHot(images).sum(1).plus(Expr.identity(images)))
        .map(compared -> compared.where(similarities, Expr.constant(EXCLUDED)))
        .orElse(similarities);
  }

  private Expr divergence(Expr first, Expr second) {
    return direction() == Direction.FORWARD ? forward(first, second) : forward(second, first);
  }

  /** {@code 1/n sum_i (E_p log p - E_p log q)} of the softmax distributions of similarities. */
  private Expr forward(Expr first, Expr second) {
    Expr logP = first.logSoftmax(-1);
    Expr logQ = second.logSoftmax(-1);
    Expr constantP = logP.detached();
    return switch (constant()) {
      case NEGATIVE_ENTROPY -> expectation(constantP, constantP).minus(expectation(logP, logQ));
      case FIRST_DISTRIBUTION ->
          expectation(constantP, constantP).minus(expectation(constantP, logQ));
      case NOTHING -> expectation(logP, logP).minus(expectation(logP, logQ));
    };
  }

  /** {@code 1/n sum_i sum_j p_ij f_ij}. */
  private static Expr expectation(Expr logP, Expr f) {
    return logP.exp().times(f).sum(-1).mean();
  }
}
