package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.LearnedTemperatureRelic;
import java.util.Map;

/** ReLIC with a learned temperature. */
class LearnedTemperatureRelicGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "relic_filipbasara0";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    LearnedTemperatureRelic relic =
        LearnedTemperatureRelic.weight(golden.number("alpha"))
            .largestScale(golden.number("max_scale"));
    Map<String, Expr> points = golden.variables();
    Expr x = points.get("x");
    Expr target = points.get("x_prime");
    Expr logScale = points.get("tau");
    golden.requires("b", 0).requires("log_scale_tau", golden.input("tau").scalarValue());
    Expr loss = relic.of(x, target, logScale);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, points)
        .put("extras/invariance_kl", relic.divergence(x, target, logScale));
  }
}
