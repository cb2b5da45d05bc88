package io.github.bilevel4j.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.LawOutcome;
import io.github.bilevel4j.laws.LossFunction;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.Test;

class InspectorTest {

  private static LossReport report(BinaryOperator<Expr> loss, String... claimed) {
    try (LossFunction function = LossFunction.ofViews(loss)) {
      return Inspector.seed(1).inspect("loss", function, ImmutableSet.copyOf(claimed));
    }
  }

  private static LawOutcome.Kind kind(LossReport report, String law) {
    return report.laws().stream()
        .filter(outcome -> outcome.law().name().equals(law))
        .findFirst()
        .orElseThrow()
        .kind();
  }

  @Test
  void squaredDistanceHasNoDefects() {
    LossReport report = report((a, b) -> a.minus(b).squared().mean(), "SymmetricInViews");
    assertThat(report.defects()).isEmpty();
    assertThat(kind(report, "SymmetricInViews")).isEqualTo(LawOutcome.Kind.HOLDS);
    assertThat(kind(report, "RowScaleInvariant")).isEqualTo(LawOutcome.Kind.FAILS);
    assertThat(report.derivatives().of(1)).isLessThan(1e-10);
    assertThat(report.derivatives().of(2)).isLessThan(1e-10);
    assertThat(report.cost().nodes()).isBetween(4, 40);
    assertThat(report.toString()).contains("SymmetricInViews *").endsWith("no defects\n");
  }

  @Test
  void wrongSignBreaksTheClaimAtTheSmallestViews() {
    LossReport report = report((a, b) -> a.plus(b.times(-2)).squared().mean(), "SymmetricInViews");
    assertThat(report.defects()).containsExactly("the claimed law SymmetricInViews does not hold");
    assertThat(report.toString())
        .contains("z1 [2, 1] =")
        .contains("value, left side = 0.5")
        .contains("value, right side = 2");
  }

  @Test
  void divisionByLengthsIsNotFiniteAtZeroRows() {
    LossReport report =
        report(
            (a, b) ->
                a.times(b)
                    .sum(1)
                    .dividedBy(a.squared().sum(1).sqrt().times(b.squared().sum(1).sqrt()))
                    .mean());
    assertThat(report.defects())
        .containsExactly(
            "one row zero: the value is NaN at [4, 3] in float64",
            "all zero: the value is NaN at [4, 3] in float64");
  }

  @Test
  void wrongDerivativeIsADefect() {
    LossReport report =
        report((a, b) -> a.minus(b).squared().mean().withGradientOf(a.minus(b).squared().sum()));
    assertThat(report.defects())
        .singleElement()
        .asString()
        .startsWith("the derivative of order 1 is wrong: order 1: ");
  }

  @Test
  void differentShapesAreToldWithTheReason() {
    LossReport report = report((a, b) -> a.minus(b).squared().mean());
    assertThat(report.shapes())
        .extracting(ShapeRule::toString)
        .contains(
            "[6, 4], [6, 4] -> []",
            "[6, 4], [5, 4] is refused: subtract: shapes [6, 4] and [5, 4] do not broadcast.");
  }

  @Test
  void lossOfRowsIsRefused() {
    assertThatThrownBy(() -> report((a, b) -> a.times(b).sum(1)))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("loss: a loss is a scalar, this one has the shape [6].");
  }

  @Test
  void lawOfTwoViewsThatALossOfOneClaimsCannotBeApplied() {
    try (LossFunction function = LossFunction.ofBatch(z -> z.squared().mean())) {
      assertThat(
              Inspector.seed(1)
                  .inspect("loss", function, ImmutableSet.of("SymmetricInViews"))
                  .defects())
          .containsExactly("the claimed law SymmetricInViews cannot be applied");
    }
  }
}
