package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.ByolLoss;
import io.github.bilevel4j.losses.distillation.SimSiamLoss;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** BYOL's loss is a squared distance on the unit sphere. */
class ByolProperties implements PredictionLoss, NonNegative, EvaluatedLoss {
  @Override
  public Expr of(List<Expr> predictions, List<Expr> projections) {
    return ByolLoss.of(predictions, projections);
  }

  @Override
  public Range<Double> bounds(int samples) {
    return Range.closed(0.0, 8.0);
  }

  @Override
  public double atOnePoint(int samples) {
    return 0;
  }

  @Property(seed = "104", tries = 10)
  void isTheSquaredDistanceOfUnitRowsOfBothViews(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> forms =
        compiled("forms", Precision.FLOAT64, views, ByolProperties::forms).at(views);
    assertClose(at(views).value(), forms.get("distance").scalarValue());
    assertClose(at(views).value(), 4 + 4 * forms.get("SimSiamLoss").scalarValue());
  }

  private static Map<String, Expr> forms(List<Expr> views) {
    Expr first = squaredDistances(views.get(0), views.get(2));
    Expr second = squaredDistances(views.get(3), views.get(1));
    return Map.of(
        "distance", first.plus(second).mean(),
        "SimSiamLoss",
            SimSiamLoss.of(
                List.of(views.get(0), views.get(3)), List.of(views.get(1), views.get(2))));
  }

  private static Expr squaredDistances(Expr a, Expr b) {
    return a.normalized(-1).minus(b.normalized(-1)).squared().sum(-1);
  }
}
