package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.LmclLoss;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.contrastive.Polarization;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Large-margin contrastive learning is NT-Xent and a bounded penalty. */
class LmclProperties
    implements AngularLoss,
        SymmetricInViews,
        SumOfParts,
        NonNegative,
        ConstantWhereDetached,
        EvaluatedLoss {
  private static final double TEMPERATURE = 0.5;
  private static final Polarization POLARIZATION = Polarization.between(0.2, 0.6);
  private static final LmclLoss LMCL =
      LmclLoss.temperature(TEMPERATURE).polarizedBy(2, POLARIZATION);

  @Override
  public Expr loss(List<Expr> views) {
    return LMCL.of(views.get(0), views.get(1));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return LMCL.alignment(views.get(0), views.get(1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return LMCL.constraint(views.get(0), views.get(1));
  }

  /** A distance in the middle of the margin is penalized by the square of half its width. */
  @Override
  public Range<Double> bounds(int samples) {
    Range<Double> ofNtXent = new NtXentProperties().bounds(samples);
    double largest = Math.pow(0.2, 2);
    return Range.closed(ofNtXent.lowerEndpoint(), ofNtXent.upperEndpoint() + 2 * largest);
  }

  /** Distance zero is outside the margin. */
  @Override
  public double atOnePoint(int samples) {
    return new NtXentProperties().atOnePoint(samples);
  }

  @Property(seed = "117", tries = 20)
  void isNtXentWithoutMargin(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    ImmutableMap<String, Array> forms =
        compiled("forms", Precision.FLOAT64, views, LmclProperties::forms).at(views);
    assertClose(forms.get("no margin").scalarValue(), forms.get("NT-Xent").scalarValue());
    assertClose(forms.get("gradient without margin"), forms.get("gradient of NT-Xent"));
  }

  private static Map<String, Expr> forms(List<Expr> views) {
    Expr noMargin =
        LmclLoss.temperature(TEMPERATURE)
            .polarizedBy(5, Polarization.between(0.4, 0.4))
            .of(views.get(0), views.get(1));
    Expr ntXent = NtXent.temperature(TEMPERATURE).of(views.get(0), views.get(1));
    return Map.of(
        "no margin",
        noMargin,
        "NT-Xent",
        ntXent,
        "gradient without margin",
        noMargin.gradient(views.get(0)),
        "gradient of NT-Xent",
        ntXent.gradient(views.get(0)));
  }

  /** The penalty counts the pairs inside the margin and no other. */
  @Property(seed = "118", tries = 20)
  void isPenalizedInsideTheMarginOnly(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> penalty =
        compiled(
                "penalty",
                Precision.FLOAT64,
                views,
                z -> {
                  Expr stacked = Expr.concat(0, z.get(0), z.get(1));
                  return Map.of(
                      "sum", POLARIZATION.summed().of(stacked),
                      "pairs", POLARIZATION.pairsInside(stacked));
                })
            .at(views);
    double pairs = penalty.get("pairs").scalarValue();
    double sum = penalty.get("sum").scalarValue();
    assertThat(pairs % 2).isZero();
    assertThat(sum).isBetween(0.0, pairs * Math.pow(0.2, 2) + 1e-15);
    assertThat(sum > 0).isEqualTo(pairs > 0);
  }
}
