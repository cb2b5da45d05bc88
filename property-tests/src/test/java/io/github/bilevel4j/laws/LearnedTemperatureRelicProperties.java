package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.LearnedTemperatureRelic;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** ReLIC at a learned scale. */
class LearnedTemperatureRelicProperties
    implements AngularLoss, SumOfParts, NonNegative, ConstantInTargets, EvaluatedLoss {
  private static final double SCALE = 2;
  private static final Expr LOG_SCALE = Expr.constant(Math.log(SCALE));
  private static final LearnedTemperatureRelic RELIC = LearnedTemperatureRelic.weight(0.5);

  @Override
  public Expr loss(List<Expr> views) {
    return RELIC.of(views.get(0), views.get(1), LOG_SCALE);
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return RELIC.alignment(views.get(0), views.get(1), LOG_SCALE);
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return RELIC.constraint(views.get(0), views.get(1), LOG_SCALE);
  }

  @Override
  public ImmutableSet<Integer> targets() {
    return ImmutableSet.of(1);
  }

  @Override
  public Range<Double> bounds(int samples) {
    double ofOneTerm = Math.log1p((samples - 1) * Math.exp(2 * SCALE));
    return Range.closed(Math.log1p((samples - 1) * Math.exp(-2 * SCALE)), 1.5 * ofOneTerm);
  }

  @Override
  public double atOnePoint(int samples) {
    return Math.log(samples);
  }

  @Property(seed = "116", tries = 10)
  void doesNotDependOnScalesAboveTheLargest(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> scales =
        compiled(
                "scales",
                Precision.FLOAT64,
                views,
                z -> Map.of("largest", atScale(z, 5), "above", atScale(z, 50)))
            .at(views);
    assertClose(scales.get("above").scalarValue(), scales.get("largest").scalarValue());
    assertThat(at(views).value()).isNotEqualTo(scales.get("above").scalarValue());
  }

  private static Expr atScale(List<Expr> views, double scale) {
    return RELIC.of(views.get(0), views.get(1), Expr.constant(Math.log(scale)));
  }
}
