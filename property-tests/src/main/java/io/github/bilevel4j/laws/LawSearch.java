package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Optional;

/**
 * Searches counterexamples to laws without a test framework: random embeddings of small shapes
 * first, then the smallest example at which the law fails in the same way. The result depends on
 * the seed alone.
 *
 * <pre>{@code
 * try (LossFunction loss = LossFunction.ofViews(MyLoss::of)) {
 *   LawSearch.seed(1).check(Laws.ALL, loss).forEach(System.out::println);
 * }
 * }</pre>
 *
 * @param seed the seed of all draws
 * @param shapes the shapes {@code [n, d]} to try, in this order
 * @param tries the number of examples of each shape
 */
public record LawSearch(long seed, ImmutableList<Shape> shapes, int tries) {
  /** A counterexample that shrinks keeps this part of its error: it is no matter of rounding. */
  private static final double KEPT = 0.01;

  private static final int MOST_STEPS = 2000;

  /**
   * Checks the settings.
   *
   * @throws UsageError if there is no shape or no try
   */
  public LawSearch {
    Require.in("law search")
        .atLeast(1, "number of shapes", shapes.size())
        .atLeast(1, "number of tries", tries);
  }

  /** Ten examples of each of the shapes [2, 2], [4, 2], [2, 4] and [6, 4]. */
  public static LawSearch seed(long seed) {
    return new LawSearch(
        seed, ImmutableList.of(Shape.of(2, 2), Shape.of(4, 2), Shape.of(2, 4), Shape.of(6, 4)), 10);
  }

  /** With other shapes. */
  public LawSearch shapes(List<Shape> others) {
    return new LawSearch(seed, ImmutableList.copyOf(others), tries);
  }

  /** With another number of examples of each shape. */
  public LawSearch tries(int count) {
    return new LawSearch(seed, shapes, count);
  }

  /** The outcome of each law. */
  public ImmutableList<LawOutcome> check(List<Law> laws, LossFunction loss) {
    return laws.stream().map(law -> check(law, loss)).collect(ImmutableList.toImmutableList());
  }

  /** The outcome of a law: it holds, fails, or cannot be applied. */
  public LawOutcome check(Law law, LossFunction loss) {
    Draws draws = Draws.seed(seed);
    int examples = 0;
    Optional<UsageError> error = Optional.empty();
    for (Shape shape : shapes) {
      for (int i = 0; i < tries; i++) {
        Example example = Example.normal(draws, loss.views(), shape);
        try {
          Optional<Counterexample> found = law.counterexample(loss, example);
          if (found.isPresent()) {
            return LawOutcome.fails(law, examples + 1, smallest(found.get(), loss));
          }
          examples++;
        } catch (UsageError e) {
          error = error.or(() -> Optional.of(e));
          break;
        }
      }
    }
    return examples == 0
        ? LawOutcome.notApplicable(law, error.orElseThrow().getMessage())
        : LawOutcome.holds(law, examples);
  }

  /**
   * A smallest counterexample: no row, column or entry of it can be made simpler without the law
   * holding or failing in another way.
   */
  public static Counterexample smallest(Counterexample found, LossFunction loss) {
    Counterexample smallest = found;
    double least = KEPT * found.sides().error();
    boolean shrunk = true;
    for (int step = 0; shrunk && step < MOST_STEPS; step++) {
      Counterexample current = smallest;
      Optional<Counterexample> next =
          Examples.simpler(current.example())
              .map(example -> attempt(current.law(), loss, example))
              .flatMap(Optional::stream)
              .filter(each -> alike(found, each) && each.sides().error() >= least)
              .findFirst();
      shrunk = next.isPresent();
      smallest = next.orElse(smallest);
    }
    return smallest;
  }

  private static boolean alike(Counterexample found, Counterexample other) {
    return found.sides().notFinite() == other.sides().notFinite();
  }

  private static Optional<Counterexample> attempt(Law law, LossFunction loss, Example example) {
    try {
      return law.counterexample(loss, example);
    } catch (UsageError e) {
      return Optional.empty();
    }
  }
}
