package io.github.bilevel4j.inspect;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.gradcheck.DerivativeCheck;
import io.github.bilevel4j.laws.Law;
import io.github.bilevel4j.laws.LawOutcome;
import io.github.bilevel4j.laws.LawSearch;
import io.github.bilevel4j.laws.Laws;
import io.github.bilevel4j.laws.LossFunction;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Inspects losses of the embeddings of one or more views, each {@code [n, d]}.
 *
 * <pre>{@code
 * try (LossFunction loss = LossFunction.ofBatch(Uniformity::of)) {
 *   System.out.println(Inspector.seed(1).inspect("uniformity", loss, Set.of("RotationInvariant")));
 * }
 * }</pre>
 *
 * @param seed the seed of all draws
 */
public record Inspector(long seed) {
  private static final ImmutableList<Shape> SHAPES =
      ImmutableList.of(Shape.of(6, 4), Shape.of(2, 4), Shape.of(3, 7), Shape.of(1, 4));

  private static final Shape POINT = Shape.of(6, 4);

  /** With the given seed. */
  public static Inspector seed(long seed) {
    return new Inspector(seed);
  }

  /**
   * Everything about a loss.
   *
   * @param claimed the names of the laws that the loss is meant to obey: failing one of them is a
   *     defect, failing another is not
   * @throws UsageError if the loss is no scalar, or cannot be formed for six samples of four
   *     features
   */
  public LossReport inspect(String name, LossFunction loss, ImmutableSet<String> claimed) {
    loss.of(inputs(loss, POINT));
    Draws draws = Draws.seed(seed);
    List<Array> point =
        IntStream.range(0, loss.views()).mapToObj(i -> draws.normal(POINT)).toList();
    return new LossReport(
        name,
        loss.views(),
        shapes(loss),
        DerivativeCheck.orders(2).seed(seed).errors(loss::of, point),
        claimed,
        LawSearch.seed(seed).check(laws(loss, claimed), loss),
        Numerics.table(loss),
        Cost.of(loss));
  }

  /** Laws of two views are not for losses of one, unless they are claimed. */
  private static List<Law> laws(LossFunction loss, ImmutableSet<String> claimed) {
    return Laws.ALL.stream()
        .filter(law -> law.leastViews() <= loss.views() || claimed.contains(law.name()))
        .toList();
  }

  private static ImmutableList<ShapeRule> shapes(LossFunction loss) {
    ImmutableList.Builder<ShapeRule> rules = ImmutableList.builder();
    for (Shape shape : SHAPES) {
      rules.add(ShapeRule.of(loss, Collections.nCopies(loss.views(), shape)));
    }
    if (loss.views() == 2) {
      rules.add(ShapeRule.of(loss, List.of(Shape.of(6, 4), Shape.of(5, 4))));
      rules.add(ShapeRule.of(loss, List.of(Shape.of(6, 4), Shape.of(6, 3))));
    }
    return rules.build();
  }

  static List<Expr> inputs(LossFunction loss, Shape shape) {
    return inputs(Collections.nCopies(loss.views(), shape));
  }

  static List<Expr> inputs(List<Shape> shapes) {
    return IntStream.range(0, shapes.size())
        .mapToObj(i -> Expr.input("z" + (i + 1), shapes.get(i).toArray()))
        .toList();
  }

  /** Whether an outcome is one of a law that should hold. */
  static boolean isDefect(LawOutcome outcome, ImmutableSet<String> claimed) {
    return outcome.kind() != LawOutcome.Kind.HOLDS && claimed.contains(outcome.law().name());
  }
}
