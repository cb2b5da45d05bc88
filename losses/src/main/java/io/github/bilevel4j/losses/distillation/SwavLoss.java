package io.github.bilevel4j.losses.distillation;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.losses.ViewPairs;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The swapped prediction of SwAV: each view predicts to which prototypes another view of the image
 * is assigned. With the scores {@code S_v = cos(z_v, C) [n, k]} of view v and the assignments
 * {@code q_w = Sinkhorn(S_w)} of the first, large views, which are constants,
 *
 * <pre>
 * L = mean over w large, v != w of  -1/n sum_i sum_k q_w[i, k] log softmax(S_v[i] / temperature)[k].
 * </pre>
 *
 * <p>Embeddings {@code z} are {@code [n, d]}, prototypes {@code C [k, d]} are a variable; rows need
 * not be normalized. L is alignment alone; the constraint is an operation, the assignments' equal
 * use of all prototypes, with the prototypes' unit length. In published programs the prototypes do
 * not move in the first few hundred steps.
 *
 * <p>A queue of earlier embeddings {@code [m, d]} for each large view may take part in its
 * assignments, so that a batch that is smaller than the number of prototypes can use them all
 * alike.
 *
 * <p>Source: Caron, Misra, Mairal, Goyal, Bojanowski, Joulin, "Unsupervised learning of visual
 * features by contrasting cluster assignments", 2020.
 *
 * @param temperature the divisor of the scores in the prediction, positive
 * @param sinkhorn how assignments are made
 * @param assigned the number of views that assignments are made of, positive
 */
public record SwavLoss(double temperature, Sinkhorn sinkhorn, int assigned) {
  private static final String NAME = "SwavLoss";

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public SwavLoss {
    Require.in(NAME).positive("temperature", temperature);
    Require.in(NAME).atLeast(1, "number of assigned views", assigned);
  }

  /**
   * The loss at a temperature, 0.1 is usual, with assignments of the first two views by {@code
   * Sinkhorn.epsilon(0.05)}.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static SwavLoss temperature(double temperature) {
    return new SwavLoss(temperature, Sinkhorn.epsilon(0.05), 2);
  }

  /** With assignments made in another way. */
  public SwavLoss sinkhorn(Sinkhorn other) {
    return new SwavLoss(temperature, other, assigned);
  }

  /**
   * With assignments of so many views, the first.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public SwavLoss assigned(int views) {
    return new SwavLoss(temperature, sinkhorn, views);
  }

  /**
   * The loss L without queues.
   *
   * @throws IllegalArgumentException if the views differ in shape, are fewer than two or than those
   *     to be assigned, or hold fewer than two images, or if the prototypes are fewer than two or
   *     differ from the views in width
   */
  public Expr of(List<Expr> z, Expr prototypes) {
    return of(z, prototypes, ImmutableList.of());
  }

  /**
   * The loss L with a queue of earlier embeddings for each assigned view, or with none.
   *
   * @throws IllegalArgumentException as {@link #of(List, Expr)}, or if there is not one queue of
   *     the views' width for each assigned view
   */
  public Expr of(List<Expr> z, Expr prototypes, List<Expr> queues) {
    return alignment(z, prototypes, queues);
  }

  /**
   * The part of L that makes views of an image predict each other: all of it.
   *
   * @throws IllegalArgumentException as {@link #of(List, Expr, List)}
   */
  public Expr alignment(List<Expr> z, Expr prototypes, List<Expr> queues) {
    ImmutableList<Expr> assignments = assignments(z, prototypes, queues);
    return ViewPairs.different(z.size(), assigned)
        .mean(
            (v, w) ->
                SoftmaxCrossEntropy.of(
                    CosineSimilarity.ofAllRows(z.get(v), prototypes).dividedBy(temperature),
                    assignments.get(w)));
  }

  /**
   * The assignments {@code q_w [n, k]} of the first views, constants; rows sum to one.
   *
   * @throws IllegalArgumentException as {@link #of(List, Expr, List)}
   */
  public ImmutableList<Expr> assignments(List<Expr> z, Expr prototypes, List<Expr> queues) {
    require(z, prototypes, queues);
    return IntStream.range(0, assigned)
        .mapToObj(
            w ->
                assignments(
                    queues.isEmpty() ? z.get(w) : Expr.concat(0, z.get(w), queues.get(w)),
                    prototypes))
        .map(q -> q.slice(0, 0, z.get(0).shape().dim(0)))
        .collect(ImmutableList.toImmutableList());
  }

  private Expr assignments(Expr z, Expr prototypes) {
    return sinkhorn.of(CosineSimilarity.ofAllRows(z, prototypes).detached());
  }

  private void require(List<Expr> z, Expr prototypes, List<Expr> queues) {
    Operands views = Operands.of(NAME).and("z", z).requireTwoViews(z.size());
    if (z.size() < assigned) {
      throw views
          .mistake("needs " + assigned + " views or more, got " + z.size())
          .maybe("assigned(%d) was meant.", z.size());
    }
    views
        .requireOneShape()
        .requireTwoImages()
        .and("prototypes", prototypes)
        .and("queue", queues)
        .requireOneWidth();
    if (prototypes.shape().dim(0) < 2) {
      throw UsageError.in(NAME)
          .because("needs two prototypes or more, got %d", prototypes.shape().dim(0))
          .row("prototypes", prototypes.label(), prototypes.shape().toString())
          .maybe("several for each expected class, such as 3000, were meant.");
    }
    if (!queues.isEmpty() && queues.size() != assigned) {
      throw UsageError.in(NAME)
          .because("got %d queues for %d assigned views", queues.size(), assigned)
          .maybe("each assigned view should have a queue of its own.");
    }
  }
}
