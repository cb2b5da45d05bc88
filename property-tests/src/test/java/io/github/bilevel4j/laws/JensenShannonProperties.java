package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The Jensen-Shannon divergence of rows of logits, as a loss and as a distance. */
class JensenShannonProperties
    implements SymmetricInViews,
        RowOrderInvariant,
        NonNegative,
        SymmetricHessian,
        ConstantWhereDetached,
        UnchangedBySubstitution,
        AgreesInSinglePrecision,
        FiniteWhenCollapsed,
        EvaluatedLoss {
  private static final int OUTCOMES = 5;

  @Override
  public Expr loss(List<Expr> views) {
    return JensenShannon.betweenLogs(views.get(0).logSoftmax(-1), views.get(1).logSoftmax(-1));
  }

  /** Logarithms and probabilities give the same divergence. */
  @Property(seed = "39", tries = 20)
  void isTheSameInBothForms(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> other =
        compiled(
                "probabilities",
                Precision.FLOAT64,
                views,
                z ->
                    Map.of(
                        "value", JensenShannon.between(z.get(0).softmax(-1), z.get(1).softmax(-1))))
            .at(views);
    assertClose(at(views).value(), other.get("value").scalarValue());
  }

  private double[] divergences(Array a, Array b, Array c) {
    Map<String, Array> results =
        compiled(
                "divergences",
                Precision.FLOAT64,
                List.of(a, b, c),
                logits -> {
                  Expr p = logits.get(0).softmax(0);
                  Expr q = logits.get(1).softmax(0);
                  Expr r = logits.get(2).softmax(0);
                  return Map.of(
                      "pq", JensenShannon.between(p, q),
                      "qr", JensenShannon.between(q, r),
                      "pr", JensenShannon.between(p, r),
                      "total variation", p.minus(q).abs().sum().times(0.5));
                })
            .at(a, b, c);
    return new double[] {
      results.get("pq").scalarValue(),
      results.get("qr").scalarValue(),
      results.get("pr").scalarValue(),
      results.get("total variation").scalarValue()
    };
  }

  private static Array logits(Draws draws, double spread) {
    Array normal = draws.normal(OUTCOMES);
    return Array.fill(normal.shape(), i -> spread * normal.at(i));
  }

  /**
   * With the total variation t, {@code t^2 / 2 <= JS <= t log 2} (Pinsker; Lin): it is zero for
   * equal distributions only, and never above log 2.
   */
  @Property(seed = "40", tries = 100)
  void liesBetweenFunctionsOfTheTotalVariation(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    double[] results = divergences(logits(draws, 3), logits(draws, 3), logits(draws, 3));
    double variation = results[3];
    assertThat(results[0])
        .isBetween(variation * variation / 2 - 1e-15, variation * Math.log(2) + 1e-15);
  }

  @Property(seed = "41", tries = 20)
  void isZeroForEqualDistributions(@ForAll long seed) {
    Array p = logits(Draws.seed(seed), 3);
    assertThat(divergences(p, p, p)[0]).isEqualTo(0);
  }

  /** Endres and Schindelin, 2003: the root is a metric. */
  @Property(seed = "42", tries = 100)
  void itsRootObeysTheTriangleInequality(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    double[] results = divergences(logits(draws, 2), logits(draws, 2), logits(draws, 2));
    assertThat(Math.sqrt(results[2]))
        .isLessThanOrEqualTo(Math.sqrt(results[0]) + Math.sqrt(results[1]) + 1e-15);
  }

  /** Adding a number to a row of logits leaves its distribution: the gradient rows sum to zero. */
  @Property(seed = "43", tries = 20)
  void hasGradientsThatSumToZeroInEachRow(@ForAll long seed, @ForAll boolean wide) {
    for (Array gradient : at(draw(Draws.seed(seed), wide)).gradients()) {
      int columns = gradient.shape().dim(1);
      for (int row = 0; row < gradient.shape().dim(0); row++) {
        double sum = 0;
        for (int column = 0; column < columns; column++) {
          sum += gradient.get(row, column);
        }
        assertClose(sum, 0);
      }
    }
  }
}
