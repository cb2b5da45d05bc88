package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** MEC by its series of order four, which converges: {@code n lambda < 1}. */
class MaximumEntropyCodingProperties
    implements PredictionLoss, SumOfParts, FiniteForTwoSamples, EvaluatedLoss {
  private static final double INVERSE_LAMBDA = 8;
  private static final MaximumEntropyCoding CODING =
      MaximumEntropyCoding.inverseLambda(INVERSE_LAMBDA);

  @Override
  public Expr of(List<Expr> predictions, List<Expr> projections) {
    return CODING.of(predictions, projections);
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return CODING.alignment(
        List.of(views.get(0), views.get(3)), List.of(views.get(1), views.get(2)));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return CODING.constraint(
        List.of(views.get(0), views.get(3)), List.of(views.get(1), views.get(2)));
  }

  /** {@code |tr C^k| <= (n lambda)^k}. */
  @Override
  public Range<Double> bounds(int samples) {
    double x = samples / INVERSE_LAMBDA;
    double largest = 1 + x / 2 + x * x / 3 + x * x * x / 4;
    return Range.closed(-largest, largest);
  }

  /** C has the one eigenvalue {@code n lambda}. */
  @Override
  public double atOnePoint(int samples) {
    double x = samples / INVERSE_LAMBDA;
    return -(1 - x / 2 + x * x / 3 - x * x * x / 4);
  }

  /** The error of the series falls by more than the spectral radius with each further order. */
  @Property(seed = "218", tries = 20)
  void itsErrorFallsWithTheOrder(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> orders =
        compiled("orders", Precision.FLOAT64, views, MaximumEntropyCodingProperties::orders)
            .at(views);
    double exact = orders.get("exact").scalarValue();
    double x = views.get(0).shape().dim(0) / INVERSE_LAMBDA;
    for (int order : new int[] {1, 2, 4, 8, 40}) {
      double error = Math.abs(orders.get(Integer.toString(order)).scalarValue() - exact);
      // The rest of an alternating series of matrices of norm x, times n / (n lambda) for n rows.
      double rest = Math.pow(x, order) / (order + 1) / (1 - x) * INVERSE_LAMBDA;
      assertThat(error).as("order %s", order).isLessThanOrEqualTo(rest + 1e-12);
    }
    assertClose(orders.get("40").scalarValue(), exact, 1e-6);
  }

  private static Map<String, Expr> orders(List<Expr> views) {
    List<Expr> students = List.of(views.get(0), views.get(3));
    List<Expr> teachers = List.of(views.get(1), views.get(2));
    return Map.of(
        "exact", CODING.exact().of(students, teachers),
        "1", CODING.order(1).of(students, teachers),
        "2", CODING.order(2).of(students, teachers),
        "4", CODING.order(4).of(students, teachers),
        "8", CODING.order(8).of(students, teachers),
        "40", CODING.order(40).of(students, teachers));
  }

  /** With {@code lambda = d / (n eps^2)} and equal views it is minus twice the coding rate. */
  @Property(seed = "219", tries = 20)
  void isTheCodingRateForEqualViews(@ForAll long seed, @ForAll boolean wide) {
    List<Array> view = draw(Draws.seed(seed), wide).subList(0, 1);
    Map<String, Array> both =
        compiled("coding rate", Precision.FLOAT64, view, MaximumEntropyCodingProperties::codingRate)
            .at(view);
    assertClose(both.get("loss").scalarValue(), both.get("rate").scalarValue());
  }

  private static Map<String, Expr> codingRate(List<Expr> views) {
    Expr z = views.get(0);
    int n = z.shape().dim(0);
    double inverse = MaximumEntropyCoding.inverseLambda(n, z.shape().dim(1), 0.5);
    List<Expr> both = List.of(z, z);
    return Map.of(
        "loss", MaximumEntropyCoding.inverseLambda(inverse).exact().of(both, both),
        "rate", CodingRate.epsilonSquared(0.5).onUnitRows().of(z).times(-2 * inverse / n));
  }
}
