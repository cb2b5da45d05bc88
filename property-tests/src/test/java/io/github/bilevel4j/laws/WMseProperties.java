package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Lists;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.losses.redundancy.Whitening;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** W-MSE of a whole batch, its covariance shrunk so that few rows and collapsed ones are enough. */
class WMseProperties
    implements BatchLoss,
        NonNegative,
        Bounded,
        TranslationInvariant,
        GradientRowsSumToZero,
        EvaluatedLoss {
  private static final Shape TALL = Shape.of(12, 4);
  private static final RandomKey RANDOMNESS = RandomKey.fixed(5);

  @Override
  public Expr loss(List<Expr> views) {
    return WMseLoss.subBatch(views.get(0).shape().dim(0)).shrinkage(0.1).of(RANDOMNESS, views);
  }

  /** The largest squared distance of unit rows. */
  @Override
  public Range<Double> bounds(int samples) {
    return Range.closed(0.0, 4.0);
  }

  private static List<Array> tall(Draws draws, int count) {
    return Stream.generate(() -> draws.normal(TALL)).limit(count).toList();
  }

  /** {@code Y^T Y / (w - 1) = I} and {@code sum_i y_i = 0}, in each group. */
  @Property(seed = "203", tries = 20)
  void whitenedFeaturesHaveTheCovarianceOfTheIdentity(@ForAll long seed) {
    List<Array> views = tall(Draws.seed(seed), 1);
    Map<String, Array> moments =
        compiled("moments", Precision.FLOAT64, views, WMseProperties::moments).at(views);
    assertClose(moments.get("covariance"), unit(4));
    assertClose(moments.get("mean"), Array.fill(Shape.of(4), i -> 0));
  }

  private static Map<String, Expr> moments(List<Expr> views) {
    Expr y = Whitening.shrinkage(0).of(views.get(0));
    return Map.of("covariance", y.columnGram().dividedBy(11), "mean", y.mean(0));
  }

  private static Array unit(int d) {
    return Array.fill(Shape.of(d, d), i -> i / d == i % d ? 1 : 0);
  }

  /**
   * {@code L(Z_v A_v^T) = L(Z)} for lower triangular matrices with positive diagonals, of each
   * view's own: the Cholesky factor takes them up. Units of features are the diagonal ones.
   */
  @Property(seed = "204", tries = 20)
  void isInvariantUnderTriangularMaps(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    List<Array> views = tall(draws, 2);
    List<Array> mapped =
        views.stream().map(z -> Rows.times(z, Rows.transposed(triangular(draws, 4)))).toList();
    assertClose(unshrunk(mapped), unshrunk(views), 1e-9);
  }

  private static Array triangular(Draws draws, int d) {
    Array random = draws.uniform(-1, 1, d, d);
    return Array.fill(
        random.shape(),
        i -> i / d == i % d ? 1.5 + random.at(i) : i / d > i % d ? random.at(i) : 0);
  }

  private double unshrunk(List<Array> views) {
    return compiled(
            "unshrunk",
            Precision.FLOAT64,
            views,
            z -> Map.of("value", WMseLoss.subBatch(12).of(RANDOMNESS, z)))
        .at(views)
        .get("value")
        .scalarValue();
  }

  /** W-MSE 4 is the mean of W-MSE 2 over the six pairs of views. */
  @Property(seed = "205", tries = 10)
  void ofFourViewsIsTheMeanOverPairs(@ForAll long seed) {
    List<Array> views = tall(Draws.seed(seed), 4);
    double sum = 0;
    for (int a = 0; a < 4; a++) {
      for (int b = 0; b < a; b++) {
        sum += unshrunk(List.of(views.get(a), views.get(b)));
      }
    }
    assertClose(unshrunk(views), sum / 6);
    assertClose(unshrunk(Lists.reverse(views)), sum / 6);
  }

  /** Sub-batches are losses of their own: the loss is their mean, whatever order they are in. */
  @Property(seed = "206", tries = 10)
  void ofSubBatchesIsTheirMean(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    List<Array> views = tall(draws, 2);
    List<Integer> order = draws.order(12);
    double whole = inSubBatches(views, order);
    double sum = 0;
    for (List<Integer> part : Lists.partition(order, 6)) {
      List<Array> rows = views.stream().map(z -> rows(z, part)).toList();
      sum += inSubBatches(rows, IntStream.range(0, 6).boxed().toList());
    }
    assertClose(whole, sum / 2);
    assertClose(inSubBatches(views, Lists.reverse(order)), whole);
  }

  private static Array rows(Array z, List<Integer> chosen) {
    int columns = z.shape().dim(1);
    return Array.fill(
        Shape.of(chosen.size(), columns), i -> z.get(chosen.get(i / columns), i % columns));
  }

  private static double inSubBatches(List<Array> views, List<Integer> order) {
    Expr constant = Expr.constant(Array.fill(Shape.of(order.size()), order::get));
    return Evaluation.scalar(
        WMseLoss.subBatch(6)
            .of(List.of(constant), views.stream().map(z -> Expr.constant(z)).toList()));
  }

  /**
   * Two iterations see two orders, and each order is a permutation: other sub-batches each step.
   */
  @Property(seed = "207", tries = 5)
  void drawsOtherSubBatchesAtEachStep(@ForAll long seed) {
    List<Expr> views = tall(Draws.seed(seed), 2).stream().map(z -> Expr.constant(z)).toList();
    List<Double> losses =
        IntStream.range(0, 3)
            .mapToObj(step -> RandomKey.of(seed, Expr.constant(step)))
            .map(randomness -> Evaluation.scalar(WMseLoss.subBatch(6).of(randomness, views)))
            .toList();
    assertThat(losses).doesNotHaveDuplicates();
    RandomKey randomness = RandomKey.of(seed, Expr.constant(1));
    assertThat(Evaluation.scalar(WMseLoss.subBatch(6).of(randomness, views)))
        .isEqualTo(losses.get(1));
    assertThat(Evaluation.scalar(WMseLoss.subBatch(6).iterations(2).of(randomness, views)))
        .isNotEqualTo(losses.get(1));
  }
}
