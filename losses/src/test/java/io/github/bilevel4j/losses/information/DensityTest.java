package io.github.bilevel4j.losses.information;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class DensityTest {
  private final Expr x = OnCpu.matrix("x", new double[][] {{1, 2}, {-3, 0.5}, {4, 1}});
  private final RandomKey randomness = RandomKey.fixed(11);

  @Test
  void ofALinearMapIsUniform() {
    Expr a = OnCpu.random("a", 1, 2, 2);
    double[] uniform = {-Math.log(3), -Math.log(3), -Math.log(3)};
    assertThat(OnCpu.value(Density.uniform(Shape.of(3))).toDoubles()).containsExactly(uniform);
    assertThat(OnCpu.value(Density.jacobian(v -> v.matmul(a), x)).toDoubles())
        .containsExactly(uniform, within(1e-12));
  }

  @Test
  void isInverseToTheVolumesOfAnElementwiseMap() {
    // The Jacobians of the squares are diag(2 x): volumes 8, 6 and 16.
    double total = 1 / 8.0 + 1 / 6.0 + 1 / 16.0;
    double[] expected = {
      Math.log(1 / 8.0 / total), Math.log(1 / 6.0 / total), Math.log(1 / 16.0 / total)
    };
    assertThat(OnCpu.value(Density.halfLogDeterminants(Expr::squared, x, 0)).toDoubles())
        .containsExactly(new double[] {Math.log(8), Math.log(6), Math.log(16)}, within(1e-12));
    assertThat(OnCpu.value(Density.jacobian(Expr::squared, x, 0)).toDoubles())
        .containsExactly(expected, within(1e-12));
    // All directions together are a rotation of the outputs, which keeps volumes.
    assertThat(
            OnCpu.value(Density.projectedJacobian(Expr::squared, x, 2, randomness, 0)).toDoubles())
        .containsExactly(expected, within(1e-12));
  }

  @Test
  void takesTheGramMatrixOfInputsWhereTheyAreFewer() {
    // Of v -> (v^2, v) it is diag(4 x^2 + 1).
    UnaryOperator<Expr> f = v -> Expr.concat(1, v.squared(), v);
    assertThat(OnCpu.value(Density.halfLogDeterminants(f, x, 0)).toDoubles())
        .containsExactly(
            new double[] {Math.log(5 * 17) / 2, Math.log(37 * 2) / 2, Math.log(65 * 5) / 2},
            within(1e-12));
  }

  @Test
  void jittersBy1e6() {
    assertThat(Density.projectedJacobian(Expr::squared, x, 1, RandomKey.fixed(11)))
        .isEqualTo(Density.projectedJacobian(Expr::squared, x, 1, RandomKey.fixed(11), 1e-6));
    assertThat(Density.jacobian(Expr::squared, x))
        .isEqualTo(Density.jacobian(Expr::squared, x, 1e-6));
  }

  @Test
  void projectsToOneDirection() {
    // Every direction of a single output is that output.
    UnaryOperator<Expr> f = v -> v.squared().sumKeeping(1);
    assertThat(OnCpu.value(Density.projectedJacobian(f, x, 1, randomness, 0)))
        .isEqualTo(OnCpu.value(Density.jacobian(f, x, 0)));
  }

  @Test
  void ofSamplesThatDifferInShape() {
    Expr wide = OnCpu.matrix("wide", new double[][] {{1, 0, 3}, {2, 2, 2}});
    UnaryOperator<Expr> f = v -> v.squared().sumKeeping(1);
    // Volumes are lengths of gradients, 2 |x|; batches of one shape come together.
    double[] squares = {5, 9.25, 17, 5, 9.25, 17, 10, 12};
    double total = DoubleStream.of(squares).map(s -> 1 / Math.sqrt(s)).sum();
    double[] expected =
        DoubleStream.of(squares).map(s -> -Math.log(Math.sqrt(s) * total)).toArray();
    List<Expr> batches = List.of(x, wide, x);
    Expr whole = Density.halfLogDeterminants(f, batches);
    assertThat(OnCpu.value(Density.ofLogVolumes(whole)).toDoubles())
        .containsExactly(expected, within(1e-6));
    Expr projected = Density.projectedHalfLogDeterminants(f, batches, 1, randomness);
    assertThat(OnCpu.value(Density.ofLogVolumes(projected)).toDoubles())
        .containsExactly(expected, within(1e-6));
  }

  @Test
  void reachesTheParametersOfTheMap() {
    Expr w = OnCpu.vector("w", 0.5);
    // J = diag(1 + 2 w x), so d/dw log det J = sum_k 2 x_k / (1 + 2 w x_k).
    UnaryOperator<Expr> f = v -> v.plus(v.squared().times(w));
    assertThat(OnCpu.gradient(Density.halfLogDeterminants(f, x, 0).sum(), w))
        .containsExactly(
            new double[] {2 / 2.0 + 4 / 3.0 + -6 / -2.0 + 1 / 1.5 + 8 / 5.0 + 2 / 2.0},
            within(1e-12));
  }

  @Test
  void ofGradientNormsIsInverseToThem() {
    Expr loss = x.squared().squared().sum().dividedBy(4);
    // The gradient is x^3.
    double[] norms = {Math.hypot(1, 8), Math.hypot(27, 0.125), Math.hypot(64, 1)};
    double total = 1 / norms[0] + 1 / norms[1] + 1 / norms[2];
    double[] expected = new double[3];
    for (int i = 0; i < 3; i++) {
      expected[i] = -Math.log(norms[i] * total);
    }
    assertThat(OnCpu.value(Density.gradientNorm(loss, x)).toDoubles())
        .containsExactly(expected, within(1e-12));
    assertThat(OnCpu.value(Density.gradientNorm(loss.times(-100), x)).toDoubles())
        .containsExactly(expected, within(1e-12));
  }

  @Test
  void joinsTheGradientNormsOfViews() {
    Expr y = OnCpu.matrix("y", new double[][] {{3, 4}});
    Expr loss = x.sum().plus(y.squared().sum());
    double total = 3 / Math.sqrt(2) + 1 / 10.0;
    double first = -Math.log(Math.sqrt(2) * total);
    assertThat(OnCpu.value(Density.gradientNorm(loss, x, y)).toDoubles())
        .containsExactly(new double[] {first, first, first, -Math.log(10 * total)}, within(1e-12));
  }

  @Test
  void survivesAVanishingGradient() {
    Expr loss = x.minus(x.detached()).squared().sum();
    Expr density = Density.gradientNorm(loss, x);
    assertThat(OnCpu.value(density).toDoubles())
        .containsExactly(new double[] {-Math.log(3), -Math.log(3), -Math.log(3)}, within(1e-12));
    assertThat(OnCpu.gradient(density.at(0, 0), x)).containsExactly(0, 0, 0, 0, 0, 0);
  }

  @Test
  void rejectsALossThatDoesNotDependOnTheRepresentation() {
    Expr z = Expr.input("z", 4, 2);
    Expr loss = z.detached().sum().named("loss");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Density.gradientNorm(loss, z))
        .withMessage(
            """
            Density.gradientNorm: the loss does not depend on the representation.
              loss  loss  []
              x     z     [4, 2]
            Maybe it was computed from another expression, or from this one detached.""");
  }

  @Test
  void rejectsANumberOfDirectionsThatDoesNotExist() {
    Expr z = Expr.input("z", 4, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Density.projectedJacobian(Expr::tanh, z, 3, randomness))
        .withMessage(
            """
            Density.projectedJacobian: the number of directions must be in 1..2, got 3.
              x     z        [4, 2]
              f(x)  tanh(z)  [4, 2]
            Maybe Density.jacobian, which uses all 2, was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Density.projectedJacobian(Expr::tanh, z, 0, randomness));
  }

  @Test
  void rejectsANegativeJitter() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Density.jacobian(Expr::tanh, Expr.input("z", 4, 2), -1))
        .withMessage(
            """
            Density.jacobian: the jitter must be zero or more, got -1.0.""");
  }

  @Test
  void rejectsAFunctionThatMixesSamples() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Density.jacobian(v -> v.mean(0), Expr.input("z", 4, 2)))
        .withMessageStartingWith("jacobian: the function does not keep the rows.");
  }
}
