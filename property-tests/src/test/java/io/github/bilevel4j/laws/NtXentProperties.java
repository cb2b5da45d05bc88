package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** NT-Xent depends on the angles between samples alone. */
class NtXentProperties
    implements AngularLoss,
        SymmetricInViews,
        SumOfParts,
        NonNegative,
        ConstantWhereDetached,
        EvaluatedLoss {
  private static final double TEMPERATURE = 0.5;
  private static final NtXent NT_XENT = NtXent.temperature(TEMPERATURE);

  @Override
  public Expr loss(List<Expr> views) {
    return NT_XENT.of(views.get(0), views.get(1));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return NT_XENT.alignment(views.get(0), views.get(1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return NT_XENT.constraint(views.get(0), views.get(1));
  }

  /** Each of the {@code 2n - 2} negatives has a similarity in {@code [-1, 1] / temperature}. */
  @Override
  public Range<Double> bounds(int samples) {
    double negatives = 2 * samples - 2;
    return Range.closed(
        Math.log1p(negatives * Math.exp(-2 / TEMPERATURE)),
        Math.log1p(negatives * Math.exp(2 / TEMPERATURE)));
  }

  /** All others are as similar as the other view. */
  @Override
  public double atOnePoint(int samples) {
    return Math.log(2 * samples - 1);
  }

  /** A smaller temperature only scales the similarities. */
  @Property(seed = "23", tries = 10)
  void scalesItsAlignmentByTheTemperature(@ForAll long seed) {
    List<Array> views = draw(Draws.seed(seed), false);
    Compiled both =
        compiled(
            "temperatures",
            Precision.FLOAT64,
            views,
            z ->
                Map.of(
                    "warm", NtXent.temperature(1).alignment(z.get(0), z.get(1)),
                    "cold", NtXent.temperature(0.1).alignment(z.get(0), z.get(1))));
    assertClose(
        both.at(views).get("cold").scalarValue(), 10 * both.at(views).get("warm").scalarValue());
  }

  /** The parts of the images, averaged, are the loss. */
  @Property(seed = "232", tries = 20)
  void isTheMeanOfItsImages(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    assertClose(
        at(views).value(), Arrays.stream(ofImages(views).toDoubles()).average().orElseThrow());
  }

  /** The parts go with their images when these are reordered. */
  @Property(seed = "233", tries = 20)
  void goesWithItsImages(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    int n = views.get(0).shape().dim(0);
    List<Integer> order = draws.order(n);
    Array parts = ofImages(views);
    Array reordered = ofImages(views.stream().map(z -> Rows.ordered(z, order)).toList());
    assertClose(reordered, Array.fill(Shape.of(n), i -> parts.at(order.get(i))));
  }

  private Array ofImages(List<Array> views) {
    return compiled(
            "of images",
            Precision.FLOAT64,
            views,
            z -> Map.of("of images", NT_XENT.ofImages(z.get(0), z.get(1))))
        .at(views)
        .get("of images");
  }
}
