package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** InfoNCE of queries, their keys and a queue of as many keys. */
class InfoNceProperties
    implements AngularLoss, SumOfParts, NonNegative, ConstantInTargets, EvaluatedLoss {
  private static final double TEMPERATURE = 0.5;
  private static final InfoNce INFO_NCE = InfoNce.temperature(TEMPERATURE);

  @Override
  public int views() {
    return 3;
  }

  @Override
  public Expr loss(List<Expr> views) {
    return INFO_NCE.of(views.get(0), views.get(1), views.get(2));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return INFO_NCE.alignment(views.get(0), views.get(1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return INFO_NCE.constraint(views.get(0), views.get(1), views.get(2));
  }

  @Override
  public ImmutableSet<Integer> targets() {
    return ImmutableSet.of(1, 2);
  }

  /** Each key of the queue has a similarity in {@code [-1, 1] / temperature}. */
  @Override
  public Range<Double> bounds(int samples) {
    return Range.closed(
        Math.log1p(samples * Math.exp(-2 / TEMPERATURE)),
        Math.log1p(samples * Math.exp(2 / TEMPERATURE)));
  }

  @Override
  public double atOnePoint(int samples) {
    return Math.log1p(samples);
  }

  @Property(seed = "100", tries = 20)
  void doesNotDependOnTheOrderOfTheQueue(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array queue = views.get(2);
    Array reordered = Rows.ordered(queue, draws.order(queue.shape().dim(0)));
    LossFunction.Point point = at(views);
    LossFunction.Point other = at(List.of(views.get(0), views.get(1), reordered));
    assertClose(other.value(), point.value());
    assertClose(other.gradients(), point.gradients());
  }

  /** Doubling the queue adds its negatives once more: the loss grows by less than log 2. */
  @Property(seed = "101", tries = 20)
  void growsWithTheQueue(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    double twice =
        compiled(
                "queue twice",
                Precision.FLOAT64,
                views,
                z -> Map.of("value", INFO_NCE.of(z.get(0), z.get(1), z.get(2).tiled(2))))
            .at(views)
            .get("value")
            .scalarValue();
    double once = at(views).value();
    assertThat(twice).isBetween(once, once + Math.log(2));
  }
}
