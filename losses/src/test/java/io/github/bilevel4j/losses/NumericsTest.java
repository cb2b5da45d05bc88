package io.github.bilevel4j.losses;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.information.Density;
import io.github.bilevel4j.losses.information.InstanceMembership;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Losses and their gradients are numbers at degenerate embeddings, in both precisions. */
class NumericsTest {
  private static final Map<String, BinaryOperator<Expr>> LOSSES = losses();

  /** Embeddings of two views at the edge of what a network can produce. */
  enum Case {
    COLLAPSED(4, 3, 1),
    COLLAPSED_WIDE(3, 8, 1),
    ZERO(4, 3, 0),
    ONE_ZERO_ROW(4, 3, 1),
    TWO_IMAGES(2, 3, 1),
    WIDE(3, 16, 1),
    LARGE(4, 3, 1e3),
    SMALL(4, 3, 1e-12);

    final int n;
    final int d;
    final double scale;

    Case(int n, int d, double scale) {
      this.n = n;
      this.d = d;
      this.scale = scale;
    }

    Array view(int phase) {
      boolean collapsed = this == COLLAPSED || this == COLLAPSED_WIDE;
      return Array.fill(Shape.of(n, d), i -> scale * element(collapsed ? i % d : i, phase));
    }

    private double element(int i, int phase) {
      boolean collapsed = this == COLLAPSED || this == COLLAPSED_WIDE;
      return this == ONE_ZERO_ROW && i < d ? 0 : Math.sin(1 + 3 * i + (collapsed ? 0 : phase));
    }
  }

  private static Map<String, BinaryOperator<Expr>> losses() {
    CodingRate rate = CodingRate.epsilonSquared(0.1);
    CodingRate unit = rate.onUnitRows();
    InstanceMembership anchors = InstanceMembership.overAnchors();
    Map<String, BinaryOperator<Expr>> losses = new TreeMap<>();
    losses.put("NtXent 0.5", NtXent.temperature(0.5)::of);
    losses.put("NtXent 0.01", NtXent.temperature(0.01)::of);
    losses.put("rate", (z1, z2) -> rate.of(z1).plus(rate.of(z2)));
    losses.put("classes", (z1, z2) -> hardClasses(rate, z1, z2));
    losses.put("pairs", rate::reductionOfPairs);
    losses.put("unit pairs", unit::reductionOfPairs);
    losses.put("instances", (z1, z2) -> rate.reductionOfInstances(z1, z2, anchors));
    losses.put(
        "unit instances",
        (z1, z2) -> unit.reductionOfInstances(z1, z2, anchors.temperature(0.01)));
    losses.put(
        "unit instances over samples",
        (z1, z2) ->
            unit.reductionOfInstances(
                z1, z2, InstanceMembership.overSamples().temperature(0.01)));
    losses.put(
        "gradient norm",
        (z1, z2) ->
            JensenShannon.toUniformOfLogs(
                Density.gradientNorm(NtXent.temperature(0.5).of(z1, z2), z1, z2)));
    losses.put(
        "jacobian",
        (z1, z2) -> JensenShannon.toUniformOfLogs(Density.jacobian(Expr::tanh, z1.plus(z2))));
    return losses;
  }

  private static Expr hardClasses(CodingRate rate, Expr z1, Expr z2) {
    int[] labels = new int[2 * z1.shape().dim(0)];
    labels[0] = 1;
    return rate.reduction(Expr.concat(0, z1, z2), labels);
  }

  @ParameterizedTest
  @EnumSource(Case.class)
  void areFinite(Case embeddings) {
    Expr z1 = Expr.variable("z1", embeddings.view(0));
    Expr z2 = Expr.variable("z2", embeddings.view(1));
    Step step = Step.named("numerics");
    for (Map.Entry<String, BinaryOperator<Expr>> loss : LOSSES.entrySet()) {
      Expr value = loss.getValue().apply(z1, z2);
      step =
          step.output(loss.getKey(), value)
              .output(loss.getKey() + " in z1", value.gradient(z1))
              .output(loss.getKey() + " in z2", value.gradient(z2));
    }
    for (Precision precision : Precision.values()) {
      Results results = OnCpu.run(step, precision);
      assertThat(results.all())
          .allSatisfy((name, value) -> assertThat(OnCpu.isFinite(value)).as(name).isTrue());
    }
  }
}
