package io.github.bilevel4j.losses.longtail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class MagnitudeMaskTest {
  private final Expr a = OnCpu.vector("a", 3, -1, 0.5);
  private final Expr b = OnCpu.matrix("b", new double[][] {{-4, 0.25}, {2, -0.125}});
  private final Vector weights = Vector.of(ImmutableMap.of("a", a, "b", b));

  @Test
  void masksTheSmallestOfAllWeightsTogether() {
    // Of seven the ceil(0.5 * 7) = 4 smallest: 0.125, 0.25, 0.5, 1.
    MagnitudeMask mask = MagnitudeMask.fraction(0.5);
    assertThat(OnCpu.value(mask.of(weights).get("a")).toDoubles()).containsExactly(1, 0, 0);
    assertThat(OnCpu.value(mask.of(weights).get("b")).toDoubles()).containsExactly(1, 0, 1, 0);
    assertThat(OnCpu.scalar(mask.threshold(weights))).isEqualTo(2);
  }

  @Test
  void masksNothingOfNothing() {
    MagnitudeMask mask = MagnitudeMask.fraction(0);
    assertThat(OnCpu.value(mask.of(weights).flattened()).toDoubles()).containsOnly(1);
    assertThat(OnCpu.scalar(mask.threshold(weights))).isEqualTo(0.125);
    Vector zeros = weights.zeros();
    assertThat(OnCpu.value(mask.of(zeros).flattened()).toDoubles()).containsOnly(1);
  }

  @Test
  void isAConstant() {
    Expr masked = weights.zip(MagnitudeMask.fraction(0.5).of(weights), Expr::times).flattened();
    assertThat(OnCpu.gradient(masked.sum(), a)).containsExactly(1, 0, 0);
  }

  @Test
  void filtersHaveFourAxes() {
    Variables network =
        Variables.of(
            Expr.variable("conv/weight", Shape.of(3, 3, 4, 8), Initializer.zeros()),
            Expr.variable("conv/bias", Shape.of(8), Initializer.zeros()),
            Expr.variable("dense/weight", Shape.of(8, 2), Initializer.zeros()));
    assertThat(MagnitudeMask.filtersAmong(network).names()).containsExactly("conv/weight");
  }

  @Test
  void rejectsToMaskAll() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MagnitudeMask.fraction(0.9).of(weights))
        .withMessage(
            """
            MagnitudeMask: all 7 elements would be masked.
              fraction  0.9
              weights   [a, b]
            Maybe the weights of the whole network were meant, or a smaller fraction.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MagnitudeMask.fraction(1))
        .withMessage(
            """
            MagnitudeMask: the fraction must be in [0, 1), got 1.0.""");
  }
}
