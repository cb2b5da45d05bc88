package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.shape.Array;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The area under the receiver operating characteristic: the probability that a random positive has
 * a higher score than a random negative (Mann and Whitney, 1947), ties counted half.
 */
final class RankScore {
  private RankScore() {}

  /** The area for scores {@code [n]} of samples that are positive, 1, or negative, 0. */
  static double area(Array scores, Array positive) {
    List<Integer> order =
        IntStream.range(0, scores.size()).boxed().sorted(Comparator.comparing(scores::at)).toList();
    double pairs = 0;
    double below = 0;
    for (int from = 0, to = 0; from < order.size(); from = to) {
      double positives = 0;
      while (to < order.size() && scores.at(order.get(to)) == scores.at(order.get(from))) {
        positives += positive.at(order.get(to++));
      }
      double negatives = to - from - positives;
      pairs += positives * (below + negatives / 2);
      below += negatives;
    }
    return pairs / (below * (order.size() - below));
  }
}
