package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The coding rate depends on the singular values of the features alone. */
class CodingRateProperties
    implements RotationInvariant,
        RowOrderInvariant,
        NonNegative,
        SymmetricHessian,
        ConstantWhereDetached,
        UnchangedBySubstitution,
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
    return CodingRate.epsilonSquared(EPSILON_SQUARED).of(views.get(0));
  }

  /** {@code log det(I_n + a Z Z^T) = log det(I_d + a Z^T Z)}. */
  @Property(seed = "30", tries = 20)
  void equalsItsDual(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> sides =
        compiled("sides", Precision.FLOAT64, views, CodingRateProperties::sides).at(views);
    assertClose(sides.get("rows").scalarValue(), at(views).value());
    assertClose(sides.get("columns").scalarValue(), at(views).value());
  }

  private static Map<String, Expr> sides(List<Expr> views) {
    Expr z = views.get(0);
    double scale = z.shape().dim(1) / (z.shape().dim(0) * EPSILON_SQUARED);
    return Map.of(
        "rows", z.rowGram().times(scale).plusDiagonal(1).logDeterminant().times(0.5),
        "columns", z.columnGram().times(scale).plusDiagonal(1).logDeterminant().times(0.5));
  }

  @Property(seed = "31", tries = 20)
  void decreasesAsEpsilonGrows(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> rates =
        compiled("epsilons", Precision.FLOAT64, views, CodingRateProperties::byEpsilon).at(views);
    double fine = rates.get("0.1").scalarValue();
    double middle = rates.get("0.5").scalarValue();
    double coarse = rates.get("2.0").scalarValue();
    assertThat(fine).isGreaterThan(middle);
    assertThat(middle).isGreaterThan(coarse);
  }

  private static Map<String, Expr> byEpsilon(List<Expr> views) {
    return Map.of(
        "0.1", CodingRate.epsilonSquared(0.1).of(views.get(0)),
        "0.5", CodingRate.epsilonSquared(0.5).of(views.get(0)),
        "2.0", CodingRate.epsilonSquared(2).of(views.get(0)));
  }

  /** {@code dR/dZ = a Z (I + a Z^T Z)^-1} with {@code a = d / (n eps^2)}. */
  @Property(seed = "32", tries = 20)
  void hasTheGradientOfItsClosedForm(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> closed =
        compiled("closed", Precision.FLOAT64, views, CodingRateProperties::closedForm).at(views);
    assertClose(at(views).gradients().get(0), closed.get("gradient"));
  }

  private static Map<String, Expr> closedForm(List<Expr> views) {
    Expr z = views.get(0);
    double a = z.shape().dim(1) / (z.shape().dim(0) * EPSILON_SQUARED);
    Expr matrix = z.columnGram().times(a).plusDiagonal(1);
    return Map.of("gradient", matrix.positiveDefiniteSolve(z.transposed()).transposed().times(a));
  }
}
