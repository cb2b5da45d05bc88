package io.github.bilevel4j.losses;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * Embeddings {@code [n, d]} of views of the same n images by the two branches of a method: the
 * first is trained, the second, often a moving average of the first, gives it targets. View i is
 * the same in both; the second branch may see the first views only.
 *
 * @param trained the embeddings of all views by the trained branch
 * @param targets the embeddings of the first views by the other branch, taken as constants
 */
public record OnlineTargetPair(ImmutableList<Expr> trained, ImmutableList<Expr> targets) {

  /**
   * The branches that an operation was called with.
   *
   * @param symbol what the trained embeddings are called in the operation's formula
   * @param targetSymbol what the targets are called in it
   * @throws IllegalArgumentException on behalf of the operation, if they are not matrices of one
   *     shape, there are fewer than two views, no target, or more targets than views
   */
  public static OnlineTargetPair required(
      String operation,
      String symbol,
      List<Expr> trained,
      String targetSymbol,
      List<Expr> targets) {
    Operands operands =
        Operands.of(operation)
            .and(symbol, trained)
            .and(targetSymbol, targets)
            .requireTwoViews(trained.size());
    if (targets.isEmpty() || targets.size() > trained.size()) {
      throw operands
          .mistake("needs targets of one to all views, got " + targets.size())
          .maybe("%d targets were meant, one of each view.", trained.size());
    }
    operands.requireOneShape();
    return new OnlineTargetPair(
        ImmutableList.copyOf(trained),
        targets.stream().map(Expr::detached).collect(ImmutableList.toImmutableList()));
  }

  /** The mean of a loss over the pairs of a trained view and the target of a different view. */
  public Expr mean(BinaryOperator<Expr> loss) {
    return ViewPairs.different(trained.size(), targets.size())
        .mean((v, w) -> loss.apply(trained.get(v), targets.get(w)));
  }
}
