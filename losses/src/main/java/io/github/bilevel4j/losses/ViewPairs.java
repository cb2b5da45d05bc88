package io.github.bilevel4j.losses;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/**
 * The ordered pairs (v, w) of a view v in one branch of a method and a view w in the other: what
 * symmetrized losses are means over. Views are counted from zero; the second branch sees the first
 * views only, all or fewer.
 */
public final class ViewPairs {
  private final ImmutableList<Pair> pairs;

  private record Pair(int v, int w) {}

  /** A loss of view v in one branch and view w in the other, a scalar. */
  @FunctionalInterface
  public interface Loss {
    /** The loss of a pair. */
    Expr of(int v, int w);
  }

  private ViewPairs(int views, int others, BiPredicate<Integer, Integer> condition) {
    this.pairs =
        IntStream.range(0, views)
            .boxed()
            .flatMap(v -> IntStream.range(0, others).mapToObj(w -> new Pair(v, w)))
            .filter(pair -> condition.test(pair.v, pair.w))
            .collect(ImmutableList.toImmutableList());
  }

  /** All pairs of different views. */
  public static ViewPairs different(int views, int others) {
    return new ViewPairs(views, others, (v, w) -> !v.equals(w));
  }

  /** All pairs, those of a view with itself as well. */
  public static ViewPairs all(int views, int others) {
    return new ViewPairs(views, others, (v, w) -> true);
  }

  /** The mean of a loss over the pairs, a scalar. */
  public Expr mean(Loss loss) {
    return pairs.stream()
        .map(pair -> loss.of(pair.v, pair.w))
        .reduce(Expr::plus)
        .orElseThrow()
        .dividedBy(pairs.size());
  }
}
