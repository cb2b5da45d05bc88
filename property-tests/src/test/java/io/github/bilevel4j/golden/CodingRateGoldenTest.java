package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import java.util.Map;

/** The coding rate reduction by hard and by soft classes. */
class CodingRateGoldenTest implements GoldenKind {
  /** Below this distortion single precision does not resolve the determinants. */
  static final double FLOAT32_EPSILON_SQUARED = 0.1;

  @Override
  public String file() {
    return "coding_rate";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().inFloat32(1e-5);
  }

  @Override
  public boolean suitsFloat32(GoldenCase golden) {
    return golden.number("eps_squared") >= FLOAT32_EPSILON_SQUARED;
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    CodingRate rate = CodingRate.epsilonSquared(golden.number("eps_squared"));
    Expr z = golden.variable("Z");
    computed.put("extras/R", rate.of(z));
    String membership = golden.text("membership");
    if (membership.startsWith("hard")) {
      int[] labels = golden.integers("labels");
      Expr reduction = rate.reduction(z, labels);
      computed
          .put("loss", reduction)
          .putGradients("grad", reduction, Map.of("Z", z))
          .put("extras/Rc", rate.ofClasses(z, labels));
    } else if (membership.startsWith("soft")) {
      Expr memberships = golden.variable("Pi");
      Expr reduction = rate.reductionSoft(z, memberships);
      computed
          .put("loss", reduction)
          .putGradients("grad", reduction, Map.of("Z", z, "Pi", memberships))
          .put("extras/Rc", rate.ofSoftClasses(z, memberships));
    } else {
      throw new IllegalArgumentException("unknown membership " + membership);
    }
  }
}
