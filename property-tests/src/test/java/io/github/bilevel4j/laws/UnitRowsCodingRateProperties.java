package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** On unit rows the coding rate depends on the angles between samples alone. */
class UnitRowsCodingRateProperties
    implements RotationInvariant,
        RowScaleInvariant,
        RowOrderInvariant,
        NonNegative,
        GradientOrthogonalToRows,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed,
        EvaluatedLoss {
  private static final double EPSILON_SQUARED = 0.5;

  @Override
  public int views() {
    return 1;
  }

  @Override
  public Expr loss(List<Expr> views) {
    return CodingRate.epsilonSquared(EPSILON_SQUARED).onUnitRows().of(views.get(0));
  }

  /**
   * With the trace of the Gram matrix fixed to n, the rate is largest where its {@code min(n, d)}
   * eigenvalues are equal and least where only one is not zero.
   */
  @Property(seed = "33", tries = 50)
  void liesBetweenOnePointAndEvenSpread(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    double n = views.get(0).shape().dim(0);
    double d = views.get(0).shape().dim(1);
    double scale = d / (n * EPSILON_SQUARED);
    double rank = Math.min(n, d);
    assertThat(at(views).value())
        .isBetween(0.5 * Math.log1p(scale * n), rank / 2 * Math.log1p(scale * n / rank));
  }
}
