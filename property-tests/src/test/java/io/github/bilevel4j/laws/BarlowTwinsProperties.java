package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Barlow Twins depends on the cross-correlation alone and is zero where that is the identity. */
class BarlowTwinsProperties
    implements BatchLoss,
        SumOfParts,
        NonNegative,
        TranslationInvariant,
        GradientRowsSumToZero,
        FeatureOrderInvariant,
        FeatureScaleInvariant,
        EvaluatedLoss {
  private static final double WEIGHT = 0.02;
  private static final BarlowTwinsLoss BARLOW_TWINS = BarlowTwinsLoss.weight(WEIGHT);

  @Override
  public Expr loss(List<Expr> views) {
    return BARLOW_TWINS.of(views.get(0), views.get(1));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return BARLOW_TWINS.alignment(views.get(0), views.get(1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return BARLOW_TWINS.constraint(views.get(0), views.get(1));
  }

  /** On this scale 1e-5 is nothing beside a variance. */
  @Override
  public double unit() {
    return 1e5;
  }

  private Array correlation(List<Array> views) {
    return compiled(
            "correlation",
            Precision.FLOAT64,
            views,
            z -> Map.of("C", BarlowTwinsLoss.crossCorrelation(z.get(0), z.get(1))))
        .at(views)
        .get("C");
  }

  /**
   * {@code weight |C - I|^2 <= L <= |C - I|^2}: zero where the cross-correlation is the identity,
   * and only there.
   */
  @Property(seed = "200", tries = 20)
  void isZeroWhereTheCrossCorrelationIsTheIdentityAlone(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Array c = correlation(views);
    int d = c.shape().dim(0);
    Array difference = Array.fill(c.shape(), i -> c.at(i) - (i / d == i % d ? 1 : 0));
    double distance = Rows.dot(difference, difference);
    assertThat(at(views).value()).isBetween(WEIGHT * distance, distance);
  }

  /** Uncorrelated features, the same in both views: columns of a Hadamard matrix but the first. */
  @Property(seed = "201", tries = 10)
  void isZeroForUncorrelatedFeaturesThatViewsShare(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Shape shape = Shape.of(8, 4);
    Array scales = draws.uniform(1e5, 1e6, 4);
    Array z =
        Array.fill(
            shape,
            i -> scales.at(i % 4) * (Integer.bitCount((i / 4) & (i % 4 + 1)) % 2 == 0 ? 1 : -1));
    assertClose(at(List.of(z, z)).value(), 0);
  }

  /** Correlations of collapsed features are zero, not undefined. */
  @Property(seed = "202", tries = 10)
  void isTheNumberOfFeaturesAtOnePoint(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    List<Array> point = Collapse.TO_ONE_POINT.of(views);
    assertClose(at(point).value(), views.get(0).shape().dim(1));
  }
}
