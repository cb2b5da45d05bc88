package io.github.bilevel4j.optimizer;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Settings;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.immutables.value.Value;

/**
 * Layer-wise adaptive rate scaling: momentum with each variable's gradient scaled by the ratio of
 * the variable's norm to the gradient's. Two published variants differ in where the decay stands:
 *
 * <pre>
 * solo:      q = trust |p| / (|g| + decay |p| + 1e-8)
 * facebook:  q = trust |p| / |g + decay p|
 * both:      b &lt;- momentum b + q (g + decay p),   p &lt;- p - rate b
 * </pre>
 *
 * <p>Where |p| or |g| is zero, solo takes the gradient as it is, without decay, and facebook q = 1.
 * Excluded variables, by default those of rank one or less, the biases and the weights of
 * normalizations, have q = 1 and no decay.
 *
 * <p>Sources: You, Gitman, Ginsburg, "Large batch training of convolutional networks", 2017; the
 * programs of solo-learn, and of Barlow Twins, VICReg and BYOL.
 */
@Value.Immutable
@Settings
public abstract class Lars implements Optimizer {
  private static final String NAME = "LARS";
  private static final String BUFFER = "momentum";
  private static final double SMALLEST_NORM = 1e-8;

  Lars() {}

  /** The two published variants. */
  enum Variant {
    SOLO,
    FACEBOOK
  }

  /** The variant of solo-learn with a constant rate, greater than zero. */
  public static Lars solo(double rate) {
    return ImmutableLars.of(Variant.SOLO, Rate.constant(NAME, rate));
  }

  /** The variant of solo-learn with a rate that depends on the step. */
  public static Lars solo(Schedule rate) {
    return ImmutableLars.of(Variant.SOLO, Rate.of(rate));
  }

  /** The variant of Barlow Twins, VICReg and BYOL with a constant rate, greater than zero. */
  public static Lars facebook(double rate) {
    return ImmutableLars.of(Variant.FACEBOOK, Rate.constant(NAME, rate));
  }

  /** The variant of Barlow Twins, VICReg and BYOL with a rate that depends on the step. */
  public static Lars facebook(Schedule rate) {
    return ImmutableLars.of(Variant.FACEBOOK, Rate.of(rate));
  }

  @Value.Parameter
  abstract Variant variant();

  @Value.Parameter
  abstract Rate rate();

  @Value.Default
  double momentum() {
    return 0.9;
  }

  @Value.Default
  double weightDecay() {
    return 0;
  }

  @Value.Default
  double trust() {
    return 0.001;
  }

  @Value.Default
  boolean clipped() {
    return false;
  }

  @Value.Default
  BiPredicate<String, Expr> excluded() {
    return (name, variable) -> variable.shape().rank() <= 1;
  }

  /** With another momentum, in [0, 1); 0.9 by default. */
  public abstract Lars momentum(double momentum);

  /** With {@code weightDecay} times the parameters added to the gradient; none by default. */
  public abstract Lars weightDecay(double weightDecay);

  /**
   * With another ratio of a step's norm to its variable's at rate one, greater than zero; 0.001 by
   * default.
   */
  public abstract Lars trust(double trust);

  /**
   * With {@code min(q / rate, 1)} in place of q: steps of at most {@code trust |p|} and never
   * longer than those of plain momentum.
   */
  public abstract Lars clipped(boolean clipped);

  abstract Lars excluded(BiPredicate<String, Expr> condition);

  /**
   * Without scaling and decay for the variables whose key satisfies a condition, instead of those
   * of rank one or less; {@code name -> false} excludes none.
   */
  public Lars excluding(Predicate<String> condition) {
    return excluded((name, variable) -> condition.test(name));
  }

  @Value.Check
  void check() {
    Require.in(NAME)
        .fraction("momentum", momentum())
        .notNegative("weight decay", weightDecay())
        .positive("trust", trust());
  }

  @Override
  public State start(Vector parameters) {
    return new State(parameters, ImmutableMap.of(BUFFER, parameters.zeros()), Expr.constant(0));
  }

  @Override
  public State next(State state, Vector gradient) {
    Vector p = state.parameters();
    Expr rate = rate().schedule().at(state.count());
    Vector b = state.slots().get(BUFFER).times(momentum()).plus(scaled(p, gradient, rate));
    return new State(p.minus(b.times(rate)), ImmutableMap.of(BUFFER, b), state.count().plus(1));
  }

  private Vector scaled(Vector p, Vector gradient, Expr rate) {
    ImmutableMap.Builder<String, Expr> scaled = ImmutableMap.builder();
    gradient
        .components()
        .forEach(
            (name, g) ->
                scaled.put(name, excluded().test(name, g) ? g : scaled(p.get(name), g, rate)));
    return Vector.of(scaled.buildOrThrow());
  }

  private Expr scaled(Expr p, Expr g, Expr rate) {
    Expr decayed = weightDecay() == 0 ? g : g.plus(p.times(weightDecay()));
    Expr norm = p.norm();
    return switch (variant()) {
      case SOLO -> {
        Expr size = g.norm().plus(norm.times(weightDecay())).plus(SMALLEST_NORM);
        Expr moved = norm.times(g.norm()).greaterThan(0);
        yield moved.where(decayed.times(limited(norm.dividedBy(size).times(trust()), rate)), g);
      }
      case FACEBOOK -> {
        Expr size = decayed.norm();
        Expr moved = norm.times(size).greaterThan(0);
        Expr one = Expr.constant(1);
        // The divisor is masked too: its slope must stay finite where the quotient is not taken.
        Expr ratio = norm.dividedBy(moved.where(size, one)).times(trust());
        yield decayed.times(limited(moved.where(ratio, one), rate));
      }
    };
  }

  private Expr limited(Expr ratio, Expr rate) {
    return clipped() ? ratio.dividedBy(rate).minimum(1) : ratio;
  }

  @Override
  public boolean isStationaryAtFixedPoint() {
    return weightDecay() == 0;
  }

  @Override
  public ImmutableMap<String, Expr> rates(Expr count) {
    return ImmutableMap.of("", rate().schedule().at(count));
  }

  @Override
  public String description() {
    return NAME
        + (variant() == Variant.SOLO ? " (solo), " : " (facebook), ")
        + rate()
        + ", momentum "
        + momentum()
        + ", trust "
        + trust()
        + (clipped() ? " (clipped)" : "")
        + (weightDecay() == 0 ? "" : ", weight decay " + weightDecay());
  }
}
