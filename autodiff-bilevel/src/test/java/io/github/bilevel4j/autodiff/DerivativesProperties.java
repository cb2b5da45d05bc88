package io.github.bilevel4j.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Laws of derivatives on random networks. */
class DerivativesProperties {
  private static final Interpreter START = Interpreter.atStart();

  private static double value(Expr scalar) {
    return START.evaluate(scalar).scalarValue();
  }

  private static void assertSame(Vector actual, Vector expected) {
    ImmutableMap<String, Array> left = START.evaluate(actual);
    ImmutableMap<String, Array> right = START.evaluate(expected);
    assertThat(left.keySet()).isEqualTo(right.keySet());
    left.forEach(
        (name, array) ->
            assertThat(array.toDoubles())
                .as(name)
                .containsExactly(right.get(name).toDoubles(), within(1e-11)));
  }

  private static Expr batch(long seed) {
    return Expr.variable("x", Draws.seed(seed + 1).normal(4, 3));
  }

  private static Network network(long seed) {
    return Network.random(seed, 3, 5, 2);
  }

  @Property(seed = "1", tries = 20)
  void hessianIsSymmetric(@ForAll long seed) {
    Network network = network(seed);
    Expr loss = network.loss(batch(seed));
    Draws draws = Draws.seed(seed + 2);
    Vector u = draws.constantsLike(network.parameters());
    Vector v = draws.constantsLike(network.parameters());
    double uHv = value(Derivatives.hvp(loss, network.parameters(), v).dot(u));
    double vHu = value(Derivatives.hvp(loss, network.parameters(), u).dot(v));
    assertThat(uHv).isCloseTo(vHu, within(1e-12 * (1 + Math.abs(vHu))));
  }

  @Property(seed = "2", tries = 20)
  void hessianVectorProductIsTheForwardDerivativeOfTheGradient(@ForAll long seed) {
    Network network = network(seed);
    Expr loss = network.loss(batch(seed));
    Vector v = Draws.seed(seed + 2).constantsLike(network.parameters());
    Vector gradient = Derivatives.gradient(loss, network.parameters());
    assertSame(
        Derivatives.hvp(loss, network.parameters(), v),
        Derivatives.jvp(gradient, network.parameters(), v));
  }

  @Property(seed = "3", tries = 20)
  void directionOfAHessianVectorProductIsConstant(@ForAll long seed) {
    Network network = network(seed);
    Expr loss = network.loss(batch(seed));
    Vector moving = network.parameters().map(Expr::exp);
    ImmutableMap.Builder<String, Expr> values = ImmutableMap.builder();
    START.evaluate(moving).forEach((name, array) -> values.put(name, Expr.constant(array)));
    Vector frozen = Vector.of(values.buildOrThrow());
    assertSame(
        Derivatives.hvp(loss, network.parameters(), moving),
        Derivatives.hvp(loss, network.parameters(), frozen));
  }

  @Property(seed = "4", tries = 20)
  void forwardAndReverseAreTransposes(@ForAll long seed) {
    Network network = network(seed);
    Vector function = Vector.of(ImmutableMap.of("y", network.of(batch(seed))));
    Draws draws = Draws.seed(seed + 2);
    Vector u = draws.constantsLike(function);
    Vector v = draws.constantsLike(network.parameters());
    double forward = value(Derivatives.jvp(function, network.parameters(), v).dot(u));
    double reverse = value(Derivatives.vjp(function, network.parameters(), u).dot(v));
    assertThat(forward).isCloseTo(reverse, within(1e-12 * (1 + Math.abs(reverse))));
  }

  @Property(seed = "5", tries = 20)
  void chainRuleHoldsAtAnyNodeThatCutsTheNetwork(@ForAll long seed) {
    Network network = network(seed);
    Expr x = batch(seed);
    Expr hidden = x.matmul(network.w1());
    Expr loss = hidden.plus(network.b1()).tanh().matmul(network.w2()).softplus().mean();
    Vector cut = Vector.of(ImmutableMap.of("hidden", hidden));
    Vector below = Vector.of(ImmutableMap.of("x", x, "w1", network.w1()));
    assertSame(
        Derivatives.vjp(cut, below, Derivatives.gradient(loss, cut)),
        Derivatives.gradient(loss, below));
  }

  @Property(seed = "6", tries = 20)
  void detachedInputHasGradientZeroAndLeavesTheOthers(@ForAll long seed) {
    Network network = network(seed);
    Expr x = batch(seed);
    Expr detached = network.loss(x.detached());
    assertSame(
        Derivatives.gradient(detached, network.parameters()),
        Derivatives.gradient(network.loss(x), network.parameters()));
    assertThat(Derivatives.gradient(detached, x)).isEqualTo(Expr.filled(0, x.shape()));
  }

  @Property(seed = "7", tries = 20)
  void gradientIsLinearInTheFunction(@ForAll long seed) {
    Network network = network(seed);
    Expr f = network.loss(batch(seed));
    Expr g = network.of(batch(seed)).squared().mean();
    assertSame(
        Derivatives.gradient(f.times(3).minus(g), network.parameters()),
        Derivatives.gradient(f, network.parameters())
            .times(3)
            .minus(Derivatives.gradient(g, network.parameters())));
  }

  @Property(seed = "8", tries = 10)
  void gradientPenaltyIsTheLimitOfDifferences(@ForAll long seed) {
    Network network = network(seed);
    Expr x = batch(seed);
    Expr penalty = network.loss(x).gradient(x).norm(1).mean();
    Vector v = Draws.seed(seed + 2).constantsLike(network.parameters());
    double expected = Difference.along(network.parameters(), v, 1e-3).of(penalty).scalarValue();
    assertThat(value(Derivatives.gradient(penalty, network.parameters()).dot(v)))
        .isCloseTo(expected, within(1e-7 * (1 + Math.abs(expected))));
  }
}
