package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.RelicV2Loss;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** ReLIC v2 of two large views: online, target, target, online in mirrored order. */
class RelicV2Properties
    implements AngularLoss,
        SymmetricInViews,
        SumOfParts,
        NonNegative,
        ConstantInTargets,
        EvaluatedLoss {
  private static final double TEMPERATURE = 0.5;
  private static final RelicV2Loss RELIC = RelicV2Loss.temperature(TEMPERATURE);

  @Override
  public int views() {
    return 4;
  }

  private static List<Expr> online(List<Expr> views) {
    return List.of(views.get(0), views.get(3));
  }

  private static List<Expr> large(List<Expr> views) {
    return views.subList(1, 3);
  }

  @Override
  public Expr loss(List<Expr> views) {
    return RELIC.of(online(views), large(views));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return RELIC.alignment(online(views), large(views));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return RELIC.constraint(online(views), large(views));
  }

  @Override
  public ImmutableSet<Integer> targets() {
    return ImmutableSet.of(1, 2);
  }

  /** No probability is less than that of similarity -1 among similarities 1. */
  @Override
  public Range<Double> bounds(int samples) {
    double ofOneTerm = Math.log1p((samples - 1) * Math.exp(2 / TEMPERATURE));
    return Range.closed(Math.log1p((samples - 1) * Math.exp(-2 / TEMPERATURE)), 2 * ofOneTerm);
  }

  @Override
  public double atOnePoint(int samples) {
    return Math.log(samples);
  }

  /** What is taken as a constant in the divergence changes gradients alone. */
  @Property(seed = "114", tries = 10)
  void hasADivergenceNotBelowZeroInAllReadings(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    ImmutableMap<String, Array> divergences =
        compiled("divergences", Precision.FLOAT64, views, RelicV2Properties::divergences).at(views);
    divergences.forEach((name, value) -> assertThat(value.scalarValue()).as(name).isPositive());
    assertClose(
        divergences.get("reverse").scalarValue(), divergences.get("roles exchanged").scalarValue());
    for (RelicV2Loss.Constant constant : RelicV2Loss.Constant.values()) {
      assertClose(
          divergences.get(constant.name()).scalarValue(),
          divergences.get(RelicV2Loss.Constant.NOTHING.name()).scalarValue());
    }
  }

  private static Map<String, Expr> divergences(List<Expr> views) {
    ImmutableMap.Builder<String, Expr> divergences = ImmutableMap.builder();
    for (RelicV2Loss.Constant constant : RelicV2Loss.Constant.values()) {
      divergences.put(
          constant.name(), RELIC.constant(constant).divergence(online(views), large(views)));
    }
    RelicV2Loss reverse = RELIC.direction(RelicV2Loss.Direction.REVERSE);
    return divergences
        .put("reverse", reverse.divergence(online(views), large(views)))
        .put("roles exchanged", RELIC.divergence(large(views), online(views)))
        .put(
            "of large views",
            RELIC
                .invariance(RelicV2Loss.Invariance.OF_LARGE_VIEWS)
                .divergence(online(views), large(views)))
        .buildOrThrow();
  }

  @Property(seed = "115", tries = 10)
  void hasAllOtherImagesAsNegatives(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    double ofAll =
        compiled(
                "negatives",
                Precision.FLOAT64,
                views,
                z -> Map.of("value", RELIC.negatives(allOthers(z)).of(online(z), large(z))))
            .at(views)
            .get("value")
            .scalarValue();
    assertClose(ofAll, at(views).value());
  }

  private static Expr allOthers(List<Expr> views) {
    int n = views.get(0).shape().dim(0);
    double[][] others = new double[n][n - 1];
    for (int i = 0; i < n; i++) {
      int image = i;
      Arrays.setAll(others[i], j -> j < image ? j : j + 1);
    }
    return Expr.constant(Array.matrix(others));
  }
}
