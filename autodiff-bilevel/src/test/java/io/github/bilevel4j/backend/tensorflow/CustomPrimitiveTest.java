package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.CustomPrimitive;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Operand;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.family.TFloating;

/** Primitives defined outside the library, by public types alone. */
class CustomPrimitiveTest {

  /** A function of each element. */
  private interface OfElements extends TensorFlowPrimitive {
    @Override
    default Shape shape(List<? extends Operand> operands) {
      return operands.get(0).shape();
    }
  }

  private record Erf() implements OfElements {
    static Expr of(Expr x) {
      return Expr.of(new Erf(), x);
    }

    @Override
    public String label() {
      return "erf";
    }

    @Override
    public Expr adjoint(Expr y, int i, Expr a) {
      Expr x = y.input(0);
      return a.times(x.squared().negated().exp().times(2 / Math.sqrt(Math.PI)));
    }

    @Override
    public <T extends TFloating> org.tensorflow.Operand<T> lower(
        Ops tf, List<org.tensorflow.Operand<T>> inputs) {
      return tf.math.erf(inputs.get(0));
    }
  }

  /** The logarithm of the gamma function for order -1, then its derivatives of higher order. */
  private record PolyGamma(int order) implements OfElements {
    static Expr logGamma(Expr x) {
      return Expr.of(new PolyGamma(-1), x);
    }

    @Override
    public String label() {
      return "polygamma " + order;
    }

    @Override
    public Expr adjoint(Expr y, int i, Expr a) {
      return a.times(Expr.of(new PolyGamma(order + 1), y.input(0)));
    }

    @Override
    public <T extends TFloating> org.tensorflow.Operand<T> lower(
        Ops tf, List<org.tensorflow.Operand<T>> inputs) {
      org.tensorflow.Operand<T> x = inputs.get(0);
      if (order < 1) {
        return order < 0 ? tf.math.lgamma(x) : tf.math.digamma(x);
      }
      return tf.math.polygamma(
          tf.fill(tf.shape(x), tf.dtypes.cast(tf.constant((float) order), x.type())), x);
    }
  }

  /** {@code weight x}, which gets the wrong answer for the weights 2 and 3. */
  private record Misfit(int weight) implements OfElements {
    @Override
    public String label() {
      return "misfit";
    }

    @Override
    public <T extends TFloating> org.tensorflow.Operand<T> lower(
        Ops tf, List<org.tensorflow.Operand<T>> inputs) {
      org.tensorflow.Operand<T> x = inputs.get(0);
      return switch (weight) {
        case 2 -> tf.concat(List.of(x, x), tf.constant(0));
        case 3 -> wrongType(tf.dtypes.cast(x, TFloat32.class));
        default -> x;
      };
    }

    @SuppressWarnings("unchecked")
    private static <T extends TFloating> org.tensorflow.Operand<T> wrongType(
        org.tensorflow.Operand<TFloat32> x) {
      return (org.tensorflow.Operand<T>) (org.tensorflow.Operand<?>) x;
    }
  }

  private record NotLowered() implements CustomPrimitive {
    @Override
    public String label() {
      return "cosecant";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      return operands.get(0).shape();
    }
  }

  private final Expr x = Expr.variable("x", Array.vector(1, 2, 0.5));

  private static double[] computed(Expr expression, Precision precision) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      return engine
          .compile(Step.named("custom").output("y", expression))
          .run()
          .get("y")
          .toDoubles();
    }
  }

  private static double[] computed(Expr expression) {
    return computed(expression, Precision.FLOAT64);
  }

  @Test
  void isComputedInBothPrecisions() {
    double[] expected = {0.8427007929497149, 0.9953222650189527, 0.5204998778130465};
    assertThat(computed(Erf.of(x))).containsExactly(expected, within(1e-15));
    assertThat(computed(Erf.of(x), Precision.FLOAT32)).containsExactly(expected, within(1e-6));
    assertThat(computed(Erf.of(x).plus(Erf.of(x.times(-1))))).containsExactly(0, 0, 0);
  }

  @Test
  void isDifferentiatedToEveryOrder() {
    // erf'' = -2 x erf', erf''' = (4 x^2 - 2) erf'
    Expr first = Erf.of(x).sum().gradient(x);
    Expr slope = Expr.constant(2 / Math.sqrt(Math.PI)).times(x.squared().negated().exp());
    assertThat(computed(first)).containsExactly(computed(slope), within(1e-15));
    Expr second = first.sum().gradient(x);
    assertThat(computed(second)).containsExactly(computed(slope.times(x).times(-2)), within(1e-15));
    assertThat(computed(second.sum().gradient(x)))
        .containsExactly(computed(slope.times(x.squared().times(4).minus(2))), within(1e-14));
  }

  @Test
  void mayBeAFamilyOfItsDerivatives() {
    Expr one = Expr.variable("one", Array.scalar(1));
    Expr digamma = PolyGamma.logGamma(one).gradient(one);
    Expr trigamma = digamma.gradient(one);
    assertThat(computed(PolyGamma.logGamma(x)))
        .containsExactly(new double[] {0, 0, Math.log(Math.PI) / 2}, within(1e-15));
    assertThat(computed(digamma)[0]).isCloseTo(-0.5772156649015329, within(1e-15));
    assertThat(computed(trigamma)[0]).isCloseTo(Math.PI * Math.PI / 6, within(1e-14));
    // psi''(1) = -2 zeta(3)
    assertThat(computed(trigamma.gradient(one))[0])
        .isCloseTo(-2 * 1.2020569031595942, within(1e-14));
  }

  @Test
  void takesItsPlaceAmongOtherPrimitives() {
    Expr matrix = x.unsqueezed(1).times(x);
    Expr function = Erf.of(matrix.tanh()).sum(0).cumsum(0).at(0, 2);
    double h = 1e-5;
    Expr gradient = function.gradient(x);
    double numeric =
        (computed(function.substitute(variables(), moved(h)))[0]
                - computed(function.substitute(variables(), moved(-h)))[0])
            / (2 * h);
    assertThat(computed(gradient)[1]).isCloseTo(numeric, within(1e-9));
  }

  private Variables variables() {
    return Variables.of(x);
  }

  private Vector moved(double step) {
    return variables().vector().map(v -> v.plus(Expr.constant(Array.vector(0, step, 0))));
  }

  @Test
  void needsADerivativeOnlyWhereItIsDifferentiated() {
    Expr misfit = Expr.of(new Misfit(1), x);
    assertThat(computed(misfit)).containsExactly(1, 2, 0.5);
    assertThat(computed(misfit.detached().times(x).sum().gradient(x))).containsExactly(1, 2, 0.5);
    assertThat(computed(misfit.withGradientOf(x.squared()).sum().gradient(x)))
        .containsExactly(2, 4, 1);
    Expr gradient = misfit.sum().gradient(x);
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> computed(gradient))
        .withMessage(
            """
            gradient: the primitive "misfit" has no derivative.
              expression  misfit(x)  [3]
              input 0     x          [3]
            Maybe Misfit should implement adjoint, or detached() or withGradientOf(...) is missing.\
            """);
  }

  @Test
  void needsALoweringWhereItIsCompiled() {
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> computed(Expr.of(new NotLowered(), x).named("csc")))
        .withMessage(
            """
            compile: the primitive "cosecant" has no lowering to TensorFlow.
              expression  csc  [3]
            Maybe NotLowered should implement TensorFlowPrimitive.""");
  }

  @Test
  void isHeldToItsShapeRuleAndType() {
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> computed(Expr.of(new Misfit(2), x)))
        .withMessage(
            """
            compile: the lowering of "misfit" does not fit its shape rule.
              expression  misfit(x)  [3]
              shape rule  DT_DOUBLE  [3]
              lowering    DT_DOUBLE  [6]
            Maybe a reshape, or a cast back to the type of the inputs, is missing.""");
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> computed(Expr.of(new Misfit(3), x)))
        .withMessageContaining("lowering    DT_FLOAT   [3]");
    assertThat(computed(Expr.of(new Misfit(3), x), Precision.FLOAT32)).containsExactly(1, 2, 0.5);
  }

  @Test
  void customGradientComputesItsValueAlone() {
    Expr notLowered = Expr.of(new NotLowered(), x);
    assertThat(computed(x.withGradientOf(notLowered))).containsExactly(1, 2, 0.5);
    Expr infinite = x.minus(x).log();
    assertThat(computed(x.floor().withGradientOf(infinite).times(2))).containsExactly(2, 4, 0);
  }
}
