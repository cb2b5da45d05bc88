package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A quotient that is zero where its divisor is takes one kernel, and no other choice does. */
class QuotientOrZeroTest {
  private static final Expr N = Expr.variable("n", Array.vector(3, 0, -1, 1, 2));
  private static final Expr D = Expr.variable("d", Array.vector(0, 0, 0.5, -4, Double.NaN));

  private static Expr chosen(double whereZero, double insteadOfZero) {
    Expr zero = D.equalTo(Expr.constant(0));
    return zero.where(
        Expr.constant(whereZero), N.dividedBy(zero.where(Expr.constant(insteadOfZero), D)));
  }

  private static double[] values(Expr expression, String kernel, boolean isThere) {
    try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Program program = engine.compile(Step.named("quotient").output("q", expression));
      List<KernelRun> kernels = engine.traced(program::run);
      assertThat(kernels.stream().anyMatch(run -> run.kind().equals(kernel))).isEqualTo(isThere);
      return valuesOf(engine, expression);
    }
  }

  private static double[] valuesOf(Engine engine, Expr expression) {
    return engine.compile(Step.named("value").output("q", expression)).run().get("q").toDoubles();
  }

  @Test
  void isOneKernel() {
    assertThat(values(chosen(0, 1), "DivNoNan", true)).containsExactly(0, 0, -2, -0.25, Double.NaN);
    assertThat(values(chosen(0, 1), "SelectV2", false)).hasSize(5);
  }

  @Test
  void leavesOtherChoicesAlone() {
    assertThat(values(chosen(5, 1), "DivNoNan", false))
        .containsExactly(5, 5, -2, -0.25, Double.NaN);
    Expr other = N.equalTo(Expr.constant(0));
    Expr divisor = D.equalTo(Expr.constant(0)).where(Expr.constant(1), D);
    assertThat(values(other.where(Expr.constant(0), N.dividedBy(divisor)), "DivNoNan", false))
        .containsExactly(3, 0, -2, -0.25, Double.NaN);
  }
}
