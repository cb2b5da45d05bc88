package io.github.bilevel4j.optimizer;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Settings;
import org.immutables.value.Value;

/**
 * Stochastic gradient descent with momentum, as PyTorch's {@code SGD}:
 *
 * <pre>
 * g &lt;- gradient + weightDecay p
 * b &lt;- momentum b + g
 * p &lt;- p - rate b              (Nesterov: p - rate (g + momentum b))
 * </pre>
 */
@Value.Immutable
@Settings
public abstract class Sgd implements Optimizer {
  private static final String BUFFER = "momentum";

  Sgd() {}

  /** Plain gradient descent with a constant rate, greater than zero. */
  public static Sgd rate(double rate) {
    return rate(Rate.constant("SGD", rate));
  }

  /** Plain gradient descent with a rate that depends on the step. */
  public static Sgd rate(Schedule rate) {
    return rate(Rate.of(rate));
  }

  private static Sgd rate(Rate rate) {
    return ImmutableSgd.of(rate);
  }

  @Value.Parameter
  abstract Rate rate();

  @Value.Default
  double momentum() {
    return 0;
  }

  @Value.Default
  double weightDecay() {
    return 0;
  }

  @Value.Default
  boolean nesterov() {
    return false;
  }

  /** With momentum, in [0, 1); none by default. */
  public abstract Sgd momentum(double momentum);

  /** With {@code weightDecay} times the parameters added to the gradient; none by default. */
  public abstract Sgd weightDecay(double weightDecay);

  /** With Nesterov's momentum instead of the classical one. */
  public abstract Sgd nesterov(boolean nesterov);

  @Value.Check
  void check() {
    Require.in("SGD").fraction("momentum", momentum()).notNegative("weight decay", weightDecay());
  }

  @Override
  public State start(Vector parameters) {
    return new State(
        parameters,
        momentum() == 0 ? ImmutableMap.of() : ImmutableMap.of(BUFFER, parameters.zeros()),
        Expr.constant(0));
  }

  @Override
  public State next(State state, Vector gradient) {
    Vector p = state.parameters();
    Vector g = weightDecay() == 0 ? gradient : gradient.plus(p.times(weightDecay()));
    Vector direction = g;
    ImmutableMap<String, Vector> slots = ImmutableMap.of();
    if (momentum() != 0) {
      Vector b = state.slots().get(BUFFER).times(momentum()).plus(g);
      direction = nesterov() ? g.plus(b.times(momentum())) : b;
      slots = ImmutableMap.of(BUFFER, b);
    }
    Expr rate = rate().schedule().at(state.count());
    return new State(p.minus(direction.times(rate)), slots, state.count().plus(1));
  }

  @Override
  public ImmutableMap<String, Expr> rates(Expr count) {
    return ImmutableMap.of("", rate().schedule().at(count));
  }

  @Override
  public boolean isStationaryAtFixedPoint() {
    return weightDecay() == 0;
  }

  @Override
  public String description() {
    return "SGD, "
        + rate()
        + (momentum() == 0 ? "" : ", momentum " + momentum() + (nesterov() ? " (Nesterov)" : ""))
        + (weightDecay() == 0 ? "" : ", weight decay " + weightDecay());
  }
}
