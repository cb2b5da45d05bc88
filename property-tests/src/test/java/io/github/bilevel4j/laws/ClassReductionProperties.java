package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The coding rate reduction by classes of the rows, which are two of unequal size here. */
class ClassReductionProperties
    implements RotationInvariant,
        NonNegative,
        SymmetricHessian,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed,
        EvaluatedLoss {
  private static final CodingRate RATE = CodingRate.epsilonSquared(0.5);

  @Override
  public int views() {
    return 1;
  }

  @Override
  public Expr loss(List<Expr> views) {
    return RATE.reduction(views.get(0), labels(views.get(0), 0, 1));
  }

  /** The first third of the rows is in one class, the rest in another one. */
  private static int[] labels(Expr z, int one, int other) {
    int rows = z.shape().dim(0);
    return IntStream.range(0, rows).map(row -> 3 * row < rows ? one : other).toArray();
  }

  /** Neither the names of classes nor the form in which they are given count. */
  @Property(seed = "34", tries = 20)
  void isTheSameInEachForm(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> forms =
        compiled("forms", Precision.FLOAT64, views, ClassReductionProperties::forms).at(views);
    double value = at(views).value();
    forms.values().forEach(form -> assertClose(form.scalarValue(), value));
  }

  private static Map<String, Expr> forms(List<Expr> views) {
    Expr z = views.get(0);
    int[] labels = labels(z, 0, 1);
    Expr indices = Expr.constant(Array.fill(z.shape().sub(0, 1), i -> labels[i]));
    return Map.of(
        "renamed", RATE.reduction(z, labels(z, 7, -3)),
        "indices", RATE.reduction(z, indices, 2),
        "indices with an empty class", RATE.reduction(z, indices, 5),
        "memberships", RATE.reductionSoft(z, indices.oneHot(2)),
        "parts", RATE.of(z).minus(RATE.ofClasses(z, labels)));
  }

  /** One class for all rows leaves nothing to reduce. */
  @Property(seed = "35", tries = 10)
  void isZeroForOneClass(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> one =
        compiled(
                "one class",
                Precision.FLOAT64,
                views,
                z -> Map.of("value", RATE.reduction(z.get(0), labels(z.get(0), 4, 4))))
            .at(views);
    assertClose(one.get("value").scalarValue(), 0);
  }
}
