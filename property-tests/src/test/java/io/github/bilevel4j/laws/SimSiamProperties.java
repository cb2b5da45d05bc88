package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.Range;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.SimSiamLoss;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** SimSiam's loss is least where predictions point where projections do. */
class SimSiamProperties implements PredictionLoss, EvaluatedLoss {
  @Override
  public Expr of(List<Expr> predictions, List<Expr> projections) {
    return SimSiamLoss.of(predictions, projections);
  }

  @Override
  public Range<Double> bounds(int samples) {
    return Range.closed(-1.0, 1.0);
  }

  @Override
  public double atOnePoint(int samples) {
    return -1;
  }

  @Property(seed = "103", tries = 10)
  void isLeastAtPerfectAndLargestAtOppositePredictions(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array z1 = views.get(1);
    Array z2 = views.get(2);
    Array lengths = draws.uniform(0.5, 2, z1.shape().dim(0));
    Array opposite = draws.uniform(-2, -0.5, z1.shape().dim(0));
    assertClose(
        at(List.of(Rows.scaled(z2, lengths), z1, z2, Rows.scaled(z1, lengths))).value(), -1);
    assertClose(
        at(List.of(Rows.scaled(z2, opposite), z1, z2, Rows.scaled(z1, opposite))).value(), 1);
  }
}
