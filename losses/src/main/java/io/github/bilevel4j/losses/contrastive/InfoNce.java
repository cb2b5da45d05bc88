package io.github.bilevel4j.losses.contrastive;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.OnlineTargetPair;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.losses.ViewPairs;
import java.util.List;

/**
 * InfoNCE with a queue of negatives, the loss of MoCo. With the similarity {@code s(a, b) = cos(a,
 * b) / temperature} of a query, its key and the K keys {@code u_m} of earlier batches,
 *
 * <pre>
 * L = 1/n sum_i [ -s(q_i, k_i) + log( exp s(q_i, k_i) + sum_m exp s(q_i, u_m) ) ]
 *   = alignment + constraint.
 * </pre>
 *
 * <p>Queries and keys are embeddings {@code [n, d]} of two views of the same n images, the queue is
 * {@code [K, d]}; rows need not be normalized. Keys and queue are constants. Besides the
 * log-partition, the method is constrained by operations: keys come from a moving average of the
 * network, and join the queue after the loss.
 *
 * <p>Source: He, Fan, Wu, Xie, Girshick, "Momentum contrast for unsupervised visual representation
 * learning", 2020; Chen, Fan, Girshick, He, "Improved baselines with momentum contrastive learning"
 * (MoCo v2), 2020.
 *
 * @param temperature the divisor of the cosine similarities, positive
 */
public record InfoNce(double temperature) {
  private static final String NAME = "InfoNce";

  /**
   * Checks the temperature.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public InfoNce {
    Require.in(NAME).positive("temperature", temperature);
  }

  /**
   * The loss at a temperature; 0.07 to 0.2 are usual.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static InfoNce temperature(double temperature) {
    return new InfoNce(temperature);
  }

  /**
   * The loss L of one view against the other.
   *
   * @throws IllegalArgumentException if queries and keys differ in shape, the queue's rows differ
   *     from them in length, or one is not a matrix
   */
  public Expr of(Expr queries, Expr keys, Expr queue) {
    return terms(queries, keys, queue).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(Expr queries, Expr keys, Expr queue) {
    return LossTerms.of(alignment(queries, keys), constraint(queries, keys, queue));
  }

  /**
   * The symmetric form (MoCo v2+): the mean of L over the pairs of the queries of a view and the
   * keys of a different one, each view's keys having a queue of their own.
   *
   * @throws IllegalArgumentException as {@link #of(Expr, Expr, Expr)}, or if there are fewer than
   *     two views, or not one queue for each view of keys
   */
  public Expr of(List<Expr> queries, List<Expr> keys, List<Expr> queues) {
    return terms(queries, keys, queues).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(List<Expr> queries, List<Expr> keys, List<Expr> queues) {
    return LossTerms.of(alignment(queries, keys), constraint(queries, keys, queues));
  }

  /**
   * The part of L that draws a query to its key, {@code -1/n sum_i s(q_i, k_i)}.
   *
   * @throws IllegalArgumentException if queries and keys are not matrices of the same shape
   */
  public Expr alignment(Expr queries, Expr keys) {
    Operands.of(NAME).and("queries", queries).and("keys", keys).requireOneShape();
    return CosineSimilarity.ofRows(queries, keys.detached()).mean().dividedBy(-temperature);
  }

  /**
   * The mean of the alignments of the symmetric form.
   *
   * @throws IllegalArgumentException as {@link #of(List, List, List)}
   */
  public Expr alignment(List<Expr> queries, List<Expr> keys) {
    return branches(queries, keys).mean(this::alignment);
  }

  /**
   * The part of L that draws a query away from all keys, {@code 1/n sum_i log(exp s(q_i, k_i) +
   * sum_m exp s(q_i, u_m))}.
   *
   * @throws IllegalArgumentException as {@link #of(Expr, Expr, Expr)}
   */
  public Expr constraint(Expr queries, Expr keys, Expr queue) {
    Operands.of(NAME)
        .and("queries", queries)
        .and("keys", keys)
        .requireOneShape()
        .and("queue", queue)
        .requireOneWidth();
    Expr positive = CosineSimilarity.ofRows(queries, keys.detached()).unsqueezed(-1);
    Expr negatives = CosineSimilarity.ofAllRows(queries, queue.detached());
    return Expr.concat(1, positive, negatives).dividedBy(temperature).logSumExp(-1).mean();
  }

  /**
   * The mean of the constraints of the symmetric form.
   *
   * @throws IllegalArgumentException as {@link #of(List, List, List)}
   */
  public Expr constraint(List<Expr> queries, List<Expr> keys, List<Expr> queues) {
    ImmutableList<Expr> constants = branches(queries, keys).targets();
    if (queues.size() != keys.size()) {
      throw UsageError.in(NAME)
          .because("got %d queues for the keys of %d views", queues.size(), keys.size())
          .maybe("each view's keys should have a queue of their own.");
    }
    return ViewPairs.different(queries.size(), keys.size())
        .mean((v, w) -> constraint(queries.get(v), constants.get(w), queues.get(w)));
  }

  private static OnlineTargetPair branches(List<Expr> queries, List<Expr> keys) {
    return OnlineTargetPair.required(NAME, "q", queries, "k", keys);
  }
}
