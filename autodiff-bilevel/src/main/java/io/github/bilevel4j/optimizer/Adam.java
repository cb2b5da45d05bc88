package io.github.bilevel4j.optimizer;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Settings;
import org.immutables.value.Value;

/**
 * Adam (Kingma and Ba, 2015), as PyTorch's:
 *
 * <pre>
 * m &lt;- beta1 m + (1 - beta1) g          v &lt;- beta2 v + (1 - beta2) g^2
 * p &lt;- p - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * </pre>
 *
 * With weight decay {@code g} is the gradient plus {@code weightDecay p}; for the decoupled form,
 * AdamW (Loshchilov and Hutter, 2019), {@code p} is first multiplied by {@code 1 - rate
 * weightDecay}. Where {@code v} is zero the root has derivative zero, so that steps can be
 * differentiated through.
 */
@Value.Immutable
@Settings
public abstract class Adam implements Optimizer {
  private static final String MEAN = "mean";
  private static final String SQUARE = "square";

  Adam() {}

  /** Adam with a constant rate, greater than zero. */
  public static Adam rate(double rate) {
    return ImmutableAdam.of(Rate.constant("Adam", rate));
  }

  /** Adam with a rate that depends on the step. */
  public static Adam rate(Schedule rate) {
    return ImmutableAdam.of(Rate.of(rate));
  }

  @Value.Parameter
  abstract Rate rate();

  @Value.Default
  double beta1() {
    return 0.9;
  }

  @Value.Default
  double beta2() {
    return 0.999;
  }

  @Value.Default
  double epsilon() {
    return 1e-8;
  }

  @Value.Default
  double weightDecay() {
    return 0;
  }

  @Value.Default
  boolean decoupled() {
    return false;
  }

  /** With another decay of the mean of gradients, in [0, 1); 0.9 by default. */
  public abstract Adam beta1(double beta1);

  /** With another decay of the mean of squared gradients, in [0, 1); 0.999 by default. */
  public abstract Adam beta2(double beta2);

  /** With another number added to the root, greater than zero; 1e-8 by default. */
  public abstract Adam epsilon(double epsilon);

  /** With {@code weightDecay} times the parameters added to the gradient. */
  public abstract Adam weightDecay(double weightDecay);

  abstract Adam decoupled(boolean decoupled);

  /** AdamW: with weight decay apart from the gradient. */
  public Adam decoupledWeightDecay(double weightDecay) {
    return weightDecay(weightDecay).decoupled(true);
  }

  @Value.Check
  void check() {
    Require.in("Adam")
        .fraction("beta1", beta1())
        .fraction("beta2", beta2())
        .positive("epsilon", epsilon())
        .notNegative("weight decay", weightDecay());
  }

  @Override
  public State start(Vector parameters) {
    return new State(
        parameters,
        ImmutableMap.of(MEAN, parameters.zeros(), SQUARE, parameters.zeros()),
        Expr.constant(0));
  }

  @Override
  public State next(State state, Vector gradient) {
    Expr rate = rate().schedule().at(state.count());
    Expr count = state.count().plus(1);
    Vector p = state.parameters();
    Vector g = gradient;
    if (weightDecay() != 0 && decoupled()) {
      p = p.times(rate.times(-weightDecay()).plus(1));
    } else if (weightDecay() != 0) {
      g = g.plus(p.times(weightDecay()));
    }
    Vector m = average(state.slots().get(MEAN), g, beta1());
    Vector v = average(state.slots().get(SQUARE), g.map(Expr::squared), beta2());
    Expr meanCorrection = correction(beta1(), count);
    Expr squareCorrection = correction(beta2(), count);
    Vector direction =
        m.zip(
            v,
            (mean, square) ->
                mean.dividedBy(meanCorrection)
                    .dividedBy(square.dividedBy(squareCorrection).guardedSqrt().plus(epsilon())));
    return new State(p.minus(direction.times(rate)), ImmutableMap.of(MEAN, m, SQUARE, v), count);
  }

  private static Vector average(Vector old, Vector now, double decay) {
    return old.times(decay).plus(now.times(1 - decay));
  }

  /** {@code 1 - beta^count}. */
  private static Expr correction(double beta, Expr count) {
    return beta == 0 ? Expr.constant(1) : count.times(Math.log(beta)).exp().negated().plus(1);
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
    String name = decoupled() ? "AdamW, " : "Adam, ";
    return name + rate() + (weightDecay() == 0 ? "" : ", weight decay " + weightDecay());
  }
}
