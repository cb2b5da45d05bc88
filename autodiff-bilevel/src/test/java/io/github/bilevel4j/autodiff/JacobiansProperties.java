package io.github.bilevel4j.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Jacobians;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Jacobians of functions of rows. */
class JacobiansProperties {
  private static final Interpreter START = Interpreter.atStart();

  private static void assertSame(Expr actual, Expr expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(START.evaluate(actual).toDoubles())
        .containsExactly(START.evaluate(expected).toDoubles(), within(1e-12));
  }

  /** Row by row and element by element. */
  private static Expr oneByOne(UnaryOperator<Expr> function, Expr x) {
    int n = x.shape().dim(0);
    Expr[] jacobians = new Expr[n];
    for (int i = 0; i < n; i++) {
      Expr row = x.slice(0, i, i + 1).plus(Expr.filled(0, x.shape().withDim(0, 1)));
      Expr y = function.apply(row).flattened();
      Expr[] gradients = new Expr[y.shape().dim(1)];
      for (int k = 0; k < gradients.length; k++) {
        gradients[k] = y.at(1, k).sum().gradient(row).reshape(-1);
      }
      jacobians[i] = Expr.stack(gradients);
    }
    return Expr.stack(jacobians);
  }

  @Property(seed = "1", tries = 10)
  void jacobianOfANetworkIsThatOfItsRows(@ForAll long seed) {
    Network network = Network.random(seed, 3, 5, 2);
    Expr x = Expr.variable("x", Draws.seed(seed + 1).normal(4, 3));
    assertSame(Jacobians.perSample(network::of, x), oneByOne(network::of, x));
  }

  @Property(seed = "2", tries = 10)
  void projectedJacobianIsTheProductWithTheJacobian(@ForAll long seed) {
    Network network = Network.random(seed, 3, 5, 4);
    Draws draws = Draws.seed(seed + 1);
    Expr x = Expr.variable("x", draws.normal(4, 3));
    Expr directions = Expr.constant(draws.normal(2, 4));
    assertSame(
        Jacobians.projected(network::of, x, directions),
        directions.matmul(Jacobians.perSample(network::of, x)));
  }

  @Property(seed = "3", tries = 5)
  void imagesHaveJacobiansToo(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Expr filter = Expr.constant(draws.normal(2, 2, 2, 3));
    Expr x = Expr.variable("x", draws.normal(3, 4, 3, 2));
    UnaryOperator<Expr> function = images -> images.conv2d(filter, 1, 0).tanh().globalAveragePool();
    Expr jacobian = Jacobians.perSample(function, x);
    assertThat(jacobian.shape().toArray()).containsExactly(3, 3, 24);
    assertSame(jacobian, oneByOne(function, x));
  }

  @Property(seed = "4", tries = 5)
  void volumeOfAJacobianIsDifferentiable(@ForAll long seed) {
    Network network = Network.random(seed, 3, 5, 2);
    Expr x = Expr.variable("x", Draws.seed(seed + 1).normal(4, 3));
    Expr volume = Jacobians.perSample(network::of, x).rowGram().logDeterminant().mean();
    Vector v = Draws.seed(seed + 2).constantsLike(network.parameters());
    double expected = Difference.along(network.parameters(), v, 1e-4).of(volume).scalarValue();
    double actual =
        START.evaluate(Derivatives.gradient(volume, network.parameters()).dot(v)).scalarValue();
    assertThat(actual).isCloseTo(expected, within(1e-6 * (1 + Math.abs(expected))));
  }

  @Example
  void jacobianOfALinearMapIsItsMatrixInEveryRow() {
    Expr w = Expr.constant(Draws.seed(5).normal(3, 2));
    Expr x = Expr.variable("x", Draws.seed(6).normal(4, 3));
    Expr expected = w.transposed().broadcastTo(Shape.of(4, 2, 3));
    assertSame(Jacobians.perSample(rows -> rows.matmul(w), x), expected);
  }

  @Example
  void functionsThatBeginWithAnotherShapeOrAUnitLaw() {
    Expr w = Expr.constant(Draws.seed(5).normal(4, 1));
    Expr x = Expr.variable("x", Draws.seed(6).normal(3, 2, 2));
    UnaryOperator<Expr> function = images -> images.flattened().matmul(w);
    assertSame(Jacobians.perSample(function, x), oneByOne(function, x));
    Expr flat = x.reshape(3, 4);
    UnaryOperator<Expr> back = rows -> rows.reshape(3, 2, 2).flattened().negated().negated();
    assertThat(Jacobians.projected(back, flat, Expr.filled(1, Shape.of(1, 4))).shape().toArray())
        .containsExactly(3, 1, 4);
    assertSame(
        Jacobians.projected(back, flat, Expr.filled(1, Shape.of(1, 4))),
        Expr.filled(1, Shape.of(3, 1, 4)));
    Expr ones = Expr.filled(1, Shape.of(3, 1));
    assertSame(
        Jacobians.perSample(rows -> rows.times(Expr.constant(Array.scalar(7))), ones),
        Expr.filled(7, Shape.of(3, 1, 1)));
  }
}
