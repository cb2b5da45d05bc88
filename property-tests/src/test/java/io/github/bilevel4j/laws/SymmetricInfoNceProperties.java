package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** InfoNCE of two views with a queue of each: queries, keys and queues in mirrored order. */
class SymmetricInfoNceProperties
    implements AngularLoss,
        SymmetricInViews,
        SumOfParts,
        NonNegative,
        ConstantInTargets,
        EvaluatedLoss {
  private static final double TEMPERATURE = 0.5;
  private static final InfoNce INFO_NCE = InfoNce.temperature(TEMPERATURE);

  @Override
  public int views() {
    return 6;
  }

  private static List<Expr> mirrored(List<Expr> views, int first) {
    return List.of(views.get(first), views.get(5 - first));
  }

  @Override
  public Expr loss(List<Expr> views) {
    return INFO_NCE.of(mirrored(views, 0), mirrored(views, 1), mirrored(views, 2));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return INFO_NCE.alignment(mirrored(views, 0), mirrored(views, 1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return INFO_NCE.constraint(mirrored(views, 0), mirrored(views, 1), mirrored(views, 2));
  }

  @Override
  public ImmutableSet<Integer> targets() {
    return ImmutableSet.of(1, 2, 3, 4);
  }

  @Override
  public Range<Double> bounds(int samples) {
    return new InfoNceProperties().bounds(samples);
  }

  @Override
  public double atOnePoint(int samples) {
    return Math.log1p(samples);
  }

  /** A view's queries meet the other view's keys, and the queue that those belong to. */
  @Property(seed = "102", tries = 10)
  void isTheMeanOfBothDirections(@ForAll long seed) {
    List<Array> views = draw(Draws.seed(seed), false);
    Map<String, Array> directions =
        compiled(
                "directions",
                Precision.FLOAT64,
                views,
                z ->
                    Map.of(
                        "first", INFO_NCE.of(z.get(0), z.get(4), z.get(3)),
                        "second", INFO_NCE.of(z.get(5), z.get(1), z.get(2))))
            .at(views);
    assertClose(
        at(views).value(),
        (directions.get("first").scalarValue() + directions.get("second").scalarValue()) / 2);
  }
}
