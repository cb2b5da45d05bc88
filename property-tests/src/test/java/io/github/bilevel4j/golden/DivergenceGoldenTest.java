package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.losses.information.KullbackLeibler;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.Map;

/** Kullback-Leibler and Jensen-Shannon divergences, of probabilities and of their logarithms. */
class DivergenceGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "kl_js";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Expr p = golden.variable("p");
    Expr q = golden.variable("q");
    // The logarithm of a zero has no derivative.
    boolean positive = isPositive(golden.input("p")) && isPositive(golden.input("q"));
    String divergence = golden.text("divergence");
    if (divergence.startsWith("KL")) {
      put(KullbackLeibler.of(p, q), p, q, computed);
      if (positive) {
        put(KullbackLeibler.ofLogs(p.log(), q.log()), p, q, computed);
      }
    } else if (divergence.startsWith("JS(p, uniform)")) {
      put(JensenShannon.toUniform(p), p, q, computed);
      if (positive) {
        put(JensenShannon.toUniformOfLogs(p.log()), p, q, computed);
      }
      computed.put("extras/umm_repo_js_div_value_BUGGY", published(p));
    } else if (divergence.startsWith("JS")) {
      put(JensenShannon.between(p, q), p, q, computed);
      if (positive) {
        put(JensenShannon.betweenLogs(p.log(), q.log()), p, q, computed);
      }
    } else {
      throw new IllegalArgumentException("unknown divergence " + divergence);
    }
  }

  private static boolean isPositive(Array probabilities) {
    return Arrays.stream(probabilities.toDoubles()).allMatch(each -> each > 0);
  }

  private static void put(Expr divergence, Expr p, Expr q, Computed computed) {
    computed
        .put("loss", divergence)
        .putGradients("grad", divergence, Map.of("p", p, "q", q))
        .evaluate();
  }

  /**
   * What the published program of UMM computes in place of a divergence, {@code mean(m (log m -
   * p))} for both distributions: p should be log p there, and the mean a sum.
   */
  private static Expr published(Expr p) {
    Expr uniform = Expr.filled(1.0 / p.shape().dim(0), p.shape());
    Expr m = p.plus(uniform).dividedBy(2);
    Expr one = m.times(m.log().minus(p)).mean();
    Expr other = m.times(m.log().minus(uniform)).mean();
    return one.plus(other).dividedBy(2);
  }
}
