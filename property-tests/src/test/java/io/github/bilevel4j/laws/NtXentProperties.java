package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** NT-Xent depends on the angles between samples alone. */
class NtXentProperties
    implements SymmetricInViews,
        RotationInvariant,
        RowScaleInvariant,
        RowOrderInvariant,
        NonNegative,
        GradientOrthogonalToRows,
        SymmetricHessian,
        ConstantWhereDetached,
        UnchangedBySubstitution,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed {
  private static final double TEMPERATURE = 0.5;

  @Override
  public Expr of(List<Expr> views) {
    return NtXent.temperature(TEMPERATURE).of(views.get(0), views.get(1));
  }

  /** Each of the {@code 2n - 2} negatives has a similarity in {@code [-1, 1] / temperature}. */
  @Property(seed = "20", tries = 50)
  void liesBetweenItsBounds(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    double negatives = 2 * views.get(0).shape().dim(0) - 2;
    assertThat(at(views).value())
        .isBetween(
            Math.log1p(negatives * Math.exp(-2 / TEMPERATURE)),
            Math.log1p(negatives * Math.exp(2 / TEMPERATURE)));
  }

  @Property(seed = "21", tries = 20)
  void isTheLogarithmOfTheNumberOfOthersAtOnePoint(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    List<Array> point =
        views.stream()
            .map(z -> FiniteWhenCollapsed.Collapse.TO_ONE_POINT.of(z, views.get(0)))
            .toList();
    assertClose(at(point).value(), Math.log(2 * views.get(0).shape().dim(0) - 1));
  }

  @Property(seed = "22", tries = 20)
  void isTheSumOfItsParts(@ForAll long seed) {
    List<Array> views = draw(Draws.seed(seed), false);
    Map<String, Array> parts =
        compiled("parts", Precision.FLOAT64, views, NtXentProperties::parts).at(views);
    assertClose(
        at(views).value(),
        parts.get("alignment").scalarValue() + parts.get("constraint").scalarValue());
  }

  private static Map<String, Expr> parts(List<Expr> views) {
    NtXent ntXent = NtXent.temperature(TEMPERATURE);
    return Map.of(
        "alignment", ntXent.alignment(views.get(0), views.get(1)),
        "constraint", ntXent.constraint(views.get(0), views.get(1)));
  }

  /** A smaller temperature only scales the similarities. */
  @Property(seed = "23", tries = 10)
  void scalesItsAlignmentByTheTemperature(@ForAll long seed) {
    List<Array> views = draw(Draws.seed(seed), false);
    HostFunction both =
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
}
