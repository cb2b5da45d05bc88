package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.VicRegLoss;
import io.github.bilevel4j.losses.redundancy.VicRegLoss.Convention;
import io.github.bilevel4j.losses.redundancy.VicRegTerms;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** VICReg and which of its terms are invariant to what. */
class VicRegProperties
    implements BatchLoss,
        SumOfParts,
        NonNegative,
        TranslationInvariant,
        GradientRowsSumToZero,
        FeatureOrderInvariant,
        EvaluatedLoss {
  private static final VicRegLoss VIC_REG = VicRegLoss.weights(25, 25, 1);

  @Override
  public Expr loss(List<Expr> views) {
    return VIC_REG.of(views.get(0), views.get(1));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return VIC_REG.alignment(views.get(0), views.get(1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return VIC_REG.constraint(views.get(0), views.get(1));
  }

  private Map<String, Array> terms(List<Array> views) {
    return compiled("terms", Precision.FLOAT64, views, VicRegProperties::termsOf).at(views);
  }

  private static Map<String, Expr> termsOf(List<Expr> views) {
    VicRegTerms terms = VIC_REG.terms(views.get(0), views.get(1));
    return Map.of(
        "invariance", terms.invariance(),
        "variance", terms.variance(),
        "covariance", terms.covariance());
  }

  private static void assertSame(String term, Map<String, Array> one, Map<String, Array> other) {
    assertClose(term, other.get(term).scalarValue(), one.get(term).scalarValue());
  }

  private static void assertDifferent(
      String term, Map<String, Array> one, Map<String, Array> other) {
    assertThat(other.get(term).scalarValue())
        .as(term)
        .isNotCloseTo(one.get(term).scalarValue(), within(1e-9));
  }

  /** A rotation of both views leaves distances, but not the variance of each feature. */
  @Property(seed = "208", tries = 10)
  void rotationLeavesTheInvarianceTerm(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array q = draws.orthogonal(views.get(0).shape().dim(1));
    Map<String, Array> before = terms(views);
    Map<String, Array> after = terms(views.stream().map(z -> Rows.times(z, q)).toList());
    assertSame("invariance", before, after);
    assertDifferent("covariance", before, after);
  }

  /** A translation of one view leaves its moments, but not distances to the other. */
  @Property(seed = "209", tries = 10)
  void translationOfOneViewLeavesTheOtherTerms(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array shift = draws.normal(views.get(0).shape().dim(1));
    Map<String, Array> before = terms(views);
    Map<String, Array> after = terms(List.of(views.get(0), Rows.shifted(views.get(1), shift)));
    assertDifferent("invariance", before, after);
    assertSame("variance", before, after);
    assertSame("covariance", before, after);
  }

  /** Scaling all features by s scales distances by its square and covariances by the fourth. */
  @Property(seed = "210", tries = 10)
  void scalesBySecondAndFourthPowers(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> before = terms(views);
    Map<String, Array> after =
        terms(views.stream().map(z -> Array.fill(z.shape(), i -> 3 * z.at(i))).toList());
    assertClose(after.get("invariance").scalarValue(), 9 * before.get("invariance").scalarValue());
    assertClose(after.get("covariance").scalarValue(), 81 * before.get("covariance").scalarValue());
    assertThat(after.get("variance").scalarValue())
        .isLessThanOrEqualTo(before.get("variance").scalarValue());
  }

  /**
   * The conventions multiply the same terms: PAPER is the largest, AVERAGED half its constraint.
   */
  @Property(seed = "211", tries = 10)
  void conventionsDifferByFactorsOfTheirTerms(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> by =
        compiled(
                "conventions",
                Precision.FLOAT64,
                views,
                z ->
                    Map.of(
                        "paper", VIC_REG.by(Convention.PAPER).constraint(z.get(0), z.get(1)),
                        "averaged", VIC_REG.by(Convention.AVERAGED).constraint(z.get(0), z.get(1))))
            .at(views);
    Map<String, Array> published = terms(views);
    double variance = published.get("variance").scalarValue();
    double covariance = published.get("covariance").scalarValue();
    assertClose(by.get("paper").scalarValue(), 2 * variance + covariance);
    assertClose(by.get("averaged").scalarValue(), variance + covariance / 2);
  }
}
