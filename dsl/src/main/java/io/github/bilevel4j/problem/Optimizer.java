package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A rule that moves parameters against a gradient, as a pure function of expressions: it serves
 * steps that stay on the device as well as steps that are differentiated through.
 */
public interface Optimizer {

  /** Parameters with what the rule remembers about them. */
  record State(Vector parameters, ImmutableMap<String, Vector> slots, Expr count) {
    /** The state with other parameters and the same memory. */
    public State withParameters(Vector others) {
      return new State(others, slots, count);
    }
  }

  /** The state before the first step: empty memory, count zero. */
  State start(Vector parameters);

  /** The state after a step along a gradient. */
  State next(State state, Vector gradient);

  /**
   * The state after one more step counted as the last one was: of a schedule it has the same rate.
   * Its fixed point is that of the steps made.
   */
  default State again(State state, Vector gradient) {
    return next(new State(state.parameters(), state.slots(), state.count().minus(1)), gradient);
  }

  /**
   * Whether the steps come to rest only where the gradient is zero. Weight decay and projections
   * rest elsewhere: implicit differentiation of the gradient would then be wrong.
   */
  default boolean isStationaryAtFixedPoint() {
    return true;
  }

  /**
   * This rule, and another one for the variables whose key satisfies a condition, such as another
   * rate for the biases:
   *
   * <pre>{@code
   * Sgd.rate(0.1).exceptFor("biases", name -> name.endsWith("bias"), Sgd.rate(0.01))
   * }</pre>
   *
   * @param label what printouts call these variables
   */
  default Optimizer exceptFor(String label, Predicate<String> condition, Optimizer other) {
    return new ParameterGroups(
        ImmutableList.of(
            new ParameterGroups.Group(
                "", name -> Optional.of(name).filter(condition.negate()), this, 1),
            new ParameterGroups.Group(
                label, name -> Optional.of(name).filter(condition), other, 1)),
        1);
  }

  /** For instance {@code SGD, rate 0.1, momentum 0.9}. */
  String description();
}
