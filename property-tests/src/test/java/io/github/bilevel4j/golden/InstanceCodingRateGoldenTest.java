package io.github.bilevel4j.golden;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.information.InstanceMembership;
import java.util.Map;
import java.util.stream.IntStream;

/** The coding rate reduction of two views, every sample being the anchor of a class. */
class InstanceCodingRateGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "coding_rate_instance";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().inFloat32(3e-5);
  }

  @Override
  public boolean suitsFloat32(GoldenCase golden) {
    return golden.number("eps_squared") >= CodingRateGoldenTest.FLOAT32_EPSILON_SQUARED;
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    CodingRate plain = CodingRate.epsilonSquared(golden.number("eps_squared"));
    boolean unitRows = golden.flag("l2_normalize");
    CodingRate rate = unitRows ? plain.onUnitRows() : plain;
    Expr z1 = golden.variable("z1");
    Expr z2 = golden.variable("z2");
    Expr stacked = Expr.concat(0, z1, z2);
    Expr z = unitRows ? stacked.normalized(-1) : stacked;
    Map<String, Expr> views = Map.of("z1", z1, "z2", z2);
    computed.put("extras/R", rate.of(stacked));
    if (golden.text("membership").equals("hard")) {
      golden.requires("similarity_temperature", 1).requires("stop_gradient_on_Pi", "false");
      int[] images = images(z1.shape().dim(0));
      Expr oneHot = Expr.range(z1.shape().dim(0)).tiled(2).oneHot(z1.shape().dim(0));
      Expr reduction = rate.reductionOfPairs(z1, z2);
      computed
          .put("loss", reduction)
          .putGradients("grad", reduction, views)
          .put("extras/Rc", rate.ofPairs(z1, z2))
          .put("extras/Pi", oneHot)
          .evaluate()
          .put("loss", rate.reduction(stacked, images))
          .putGradients("grad", rate.reduction(stacked, images), views);
    } else {
      InstanceMembership membership = membership(golden);
      Expr reduction = rate.reductionOfInstances(z1, z2, membership);
      computed
          .put("loss", reduction)
          .putGradients("grad", reduction, views)
          .put("extras/Pi", membership.of(z))
          .put("extras/Rc", rate.ofSoftClasses(stacked, membership.of(z)));
    }
  }

  private static int[] images(int count) {
    return Ints.concat(IntStream.range(0, count).toArray(), IntStream.range(0, count).toArray());
  }

  private static InstanceMembership membership(GoldenCase golden) {
    InstanceMembership membership =
        switch (golden.text("membership")) {
          case "sample" -> InstanceMembership.overAnchors();
          case "anchor" -> InstanceMembership.overSamples();
          default ->
              throw new IllegalArgumentException("unknown membership " + golden.text("membership"));
        };
    if (!golden.text("similarity_temperature").equals("sqrt_d")) {
      membership = membership.temperature(golden.number("similarity_temperature"));
    }
    return golden.flag("stop_gradient_on_Pi") ? membership.detached() : membership;
  }
}
