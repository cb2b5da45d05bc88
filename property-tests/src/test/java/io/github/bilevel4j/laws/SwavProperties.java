package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.Sinkhorn;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** SwAV of two views and, between them, as many prototypes as images. */
class SwavProperties implements AngularLoss, SymmetricInViews, NonNegative, EvaluatedLoss {
  private static final double TEMPERATURE = 0.5;
  private static final SwavLoss SWAV =
      SwavLoss.temperature(TEMPERATURE).sinkhorn(Sinkhorn.epsilon(0.2));

  @Override
  public int views() {
    return 3;
  }

  @Override
  public Expr loss(List<Expr> views) {
    return SWAV.of(List.of(views.get(0), views.get(2)), views.get(1));
  }

  /** No predicted probability is less than {@code exp(-2 / temperature) / k}. */
  @Override
  public Range<Double> bounds(int samples) {
    return Range.closed(0.0, Math.log(samples) + 2 / TEMPERATURE);
  }

  @Override
  public double atOnePoint(int samples) {
    return Math.log(samples);
  }

  @Property(seed = "105", tries = 10)
  void doesNotDependOnTheOrderOfThePrototypes(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array prototypes = views.get(1);
    Array reordered = Rows.ordered(prototypes, draws.order(prototypes.shape().dim(0)));
    assertClose(at(List.of(views.get(0), reordered, views.get(2))).value(), at(views).value());
  }

  /** A cross-entropy is not less than the entropy of its targets. */
  @Property(seed = "106", tries = 20)
  void isAtLeastTheEntropyOfTheAssignments(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    ImmutableMap<String, Array> assignments = assignments(views);
    double entropy =
        assignments.values().stream().mapToDouble(SwavProperties::entropy).sum()
            / (2 * views.get(0).shape().dim(0));
    assertThat(at(views).value()).isGreaterThan(entropy);
  }

  private ImmutableMap<String, Array> assignments(List<Array> views) {
    return compiled("assignments", Precision.FLOAT64, views, SwavProperties::assigned).at(views);
  }

  private static Map<String, Expr> assigned(List<Expr> views) {
    List<Expr> z = List.of(views.get(0), views.get(2));
    List<Expr> assignments = SWAV.assignments(z, views.get(1), List.of());
    return Map.of("first", assignments.get(0), "second", assignments.get(1));
  }

  private static double entropy(Array assignment) {
    return IntStream.range(0, assignment.size())
        .mapToDouble(assignment::at)
        .filter(q -> q > 0)
        .map(q -> -q * Math.log(q))
        .sum();
  }
}
