package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.kernel.InverseMultiquadric;
import io.github.bilevel4j.losses.kernel.RandomFeatures;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** SSL-HSIC with the kernel of all pairs. */
class SslHsicProperties implements PredictionLoss, SumOfParts, FiniteForTwoSamples, EvaluatedLoss {
  private static final InverseMultiquadric KERNEL = InverseMultiquadric.scale(0.7);
  private static final SslHsicLoss HSIC = SslHsicLoss.exact(KERNEL);

  private static List<Expr> predictions(List<Expr> views) {
    return List.of(views.get(0), views.get(3));
  }

  private static List<Expr> targets(List<Expr> views) {
    return List.of(views.get(1), views.get(2));
  }

  @Override
  public Expr of(List<Expr> predictions, List<Expr> projections) {
    return HSIC.of(predictions, projections);
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return HSIC.alignment(predictions(views), targets(views));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return HSIC.constraint(predictions(views), targets(views));
  }

  /** The kernel is in (0, 1]. */
  @Override
  public Range<Double> bounds(int samples) {
    return Range.closed(-4.0 / 3, 3.0);
  }

  /** A kernel of ones tells nothing but that each sample is like itself. */
  @Override
  public double atOnePoint(int samples) {
    return -1.0 / 3;
  }

  /** Both dependences are at least zero, and that on the image is that of its samples' kernel. */
  @Property(seed = "220", tries = 20)
  void dependenceIsNotNegative(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> parts =
        compiled(
                "dependences",
                Precision.FLOAT64,
                views,
                z -> Map.of("images", alignment(z).negated(), "self", constraint(z)))
            .at(views);
    assertThat(parts.get("images").scalarValue()).isPositive();
    assertThat(parts.get("self").scalarValue()).isPositive();
  }

  /** Samples that tell their image perfectly depend on it most, images far apart even more so. */
  @Property(seed = "221", tries = 20)
  void equalSamplesOfAnImageDependOnItMost(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Array z = views.get(0);
    assertThat(dependence(List.of(z, z, z, z)))
        .isGreaterThan(dependence(views))
        .isGreaterThan(1.0 / 3);
  }

  private double dependence(List<Array> views) {
    return compiled(
            "dependence", Precision.FLOAT64, views, z -> Map.of("value", alignment(z).negated()))
        .at(views)
        .get("value")
        .scalarValue();
  }

  /** The kernel is positive definite for different samples. */
  @Property(seed = "222", tries = 20)
  void itsKernelIsPositiveDefinite(@ForAll long seed, @ForAll boolean wide) {
    List<Array> view = draw(Draws.seed(seed), wide).subList(0, 1);
    Map<String, Array> gram =
        compiled(
                "gram",
                Precision.FLOAT64,
                view,
                z ->
                    Map.of(
                        "K", KERNEL.of(z.get(0)), "log det", KERNEL.of(z.get(0)).logDeterminant()))
            .at(view);
    assertThat(gram.get("log det").scalarValue()).isFinite().isNegative();
    assertClose(gram.get("K"), Rows.transposed(gram.get("K")));
  }

  /**
   * The inner products of random features have the kernel as their mean: with F of them the
   * standard deviation is at most {@code 1 / sqrt F}.
   */
  @Property(seed = "223", tries = 4)
  void randomFeaturesApproximateTheKernel(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 20) int d) {
    int features = 20_000;
    Expr x = Expr.constant(Draws.seed(seed).normal(5, d)).normalized(-1);
    Expr phi = RandomFeatures.drawn(features, d, RandomKey.fixed(seed)).of(x);
    Map<String, Array> grams =
        Evaluation.of(Map.of("phi", phi.rowGram(), "kernel", InverseMultiquadric.scale(1).of(x)));
    assertThat(Rows.difference(grams.get("phi"), grams.get("kernel")))
        .isCloseTo(0, within(5 / Math.sqrt(features)));
  }

  /** With many features the approximate loss is near the exact one. */
  @Property(seed = "224", tries = 3)
  void manyRandomFeaturesApproximateTheLoss(@ForAll long seed) {
    List<Expr> views = draw(Draws.seed(seed), false).stream().map(z -> Expr.constant(z)).toList();
    SslHsicLoss approximate =
        SslHsicLoss.approximate(KERNEL, features(seed, "first"), features(seed, "second"));
    Map<String, Array> losses =
        Evaluation.of(
            Map.of(
                "exact", HSIC.of(predictions(views), targets(views)),
                "approximate", approximate.of(predictions(views), targets(views))));
    assertThat(losses.get("approximate").scalarValue())
        .isCloseTo(losses.get("exact").scalarValue(), within(0.1));
  }

  private static RandomFeatures features(long seed, String label) {
    return RandomFeatures.drawn(4_000, 4, RandomKey.fixed(seed).foldIn(label));
  }
}
