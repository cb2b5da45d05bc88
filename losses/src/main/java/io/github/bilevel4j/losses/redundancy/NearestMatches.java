package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;

/**
 * Positions of one map matched with their nearest positions in another, for each image. Positions
 * are indices: no gradient flows through them.
 *
 * @param positions in the first map, ascending, {@code [n, matches]}
 * @param neighbors the nearest position in the second map to each, {@code [n, matches]}
 */
record NearestMatches(Expr positions, Expr neighbors) {

  /**
   * The matches of so many positions whose nearest neighbors are nearest; of equal distances those
   * at lower positions.
   *
   * @param distances from each position to those of the other map, {@code [n, positions, others]}
   */
  static NearestMatches nearest(Expr distances, int count) {
    Expr constant = distances.detached();
    int n = constant.shape().dim(0);
    int positions = constant.shape().dim(1);
    Expr nearest = constant.negated().argMax(-1);
    Expr all = Expr.range(positions).broadcastTo(Shape.of(n, positions));
    if (count == positions) {
      return new NearestMatches(all, nearest);
    }
    // Sorting is stable: the kept positions come first, in ascending order.
    Expr dropped = constant.min(-1).ranks(-1).atLeast(count);
    return new NearestMatches(
        all.sortedBy(dropped, -1).slice(-1, 0, count),
        nearest.sortedBy(dropped, -1).slice(-1, 0, count));
  }

  /** The features of the matched positions of the first map, {@code [matches, n, d]}. */
  Expr first(Expr map) {
    return features(map, positions);
  }

  /** The features of their neighbors in the second map, {@code [matches, n, d]}. */
  Expr second(Expr map) {
    return features(map, neighbors);
  }

  private static Expr features(Expr map, Expr indices) {
    int n = map.shape().dim(0);
    int positions = map.shape().dim(1);
    Expr rows = Expr.range(n).times(positions).unsqueezed(1).plus(indices);
    return map.reshape(n * positions, map.shape().dim(2)).gather(rows).permuted(1, 0, 2);
  }
}
