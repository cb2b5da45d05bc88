package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;

/**
 * A rule that moves parameters against a gradient, as a pure function of expressions: it serves
 * steps that stay on the device as well as steps that are differentiated through.
 */
public interface Optimizer {

  /** Parameters with what the rule remembers about them. */
  record State(Vector parameters, Slots slots, Expr count) {
    /** The state of a rule that remembers some vectors by name. */
    public State(Vector parameters, ImmutableMap<String, Vector> slots, Expr count) {
      this(parameters, new Slots(slots, ImmutableList.of()), count);
    }

    /** The state with other parameters and the same memory. */
    public State withParameters(Vector others) {
      return new State(others, slots, count);
    }
  }

  /**
   * What a rule remembers.
   *
   * @param own vectors by name
   * @param groups the memory of each group of parameters, if the rule is made of several
   */
  record Slots(ImmutableMap<String, Vector> own, ImmutableList<Slots> groups) {
    /** The vector of a name. */
    public Vector get(String name) {
      return own.get(name);
    }

    /** All vectors: the rule's own ones, then those of its groups. */
    public ImmutableList<Vector> all() {
      ImmutableList.Builder<Vector> all = ImmutableList.builder();
      all.addAll(own.values());
      groups.forEach(group -> all.addAll(group.all()));
      return all.build();
    }

    /** A function applied to each vector and a label for it, such as {@code 0/momentum}. */
    public Slots map(BiFunction<String, Vector, Vector> function) {
      return map("", function);
    }

    private Slots map(String path, BiFunction<String, Vector, Vector> function) {
      ImmutableMap.Builder<String, Vector> mapped = ImmutableMap.builder();
      own.forEach((name, vector) -> mapped.put(name, function.apply(path + name, vector)));
      ImmutableList.Builder<Slots> mappedGroups = ImmutableList.builder();
      for (int i = 0; i < groups.size(); i++) {
        mappedGroups.add(groups.get(i).map(path + i + "/", function));
      }
      return new Slots(mapped.buildOrThrow(), mappedGroups.build());
    }

    /** A function applied to each element of this memory and the same of another one. */
    public Slots zip(Slots other, BinaryOperator<Expr> function) {
      Iterator<Vector> others = other.all().iterator();
      return map((label, vector) -> vector.zip(others.next(), function));
    }
  }

  /** The state before the first step: empty memory, count zero. */
  State start(Vector parameters);

  /** The state after a step along a gradient. */
  State next(State state, Vector gradient);

  /**
   * The last step once more, counted as it was: of a schedule it has the same rate. Its fixed point
   * is that of the steps made.
   */
  default State repeatLast(State state, Vector gradient) {
    return next(new State(state.parameters(), state.slots(), state.count().minus(1)), gradient);
  }

  /**
   * The learning rates of the step that is made after a number of steps, by the label of the
   * variables that it moves, empty for all of them; by default none are told.
   *
   * @param count the number of steps made, a scalar
   */
  default ImmutableMap<String, Expr> rates(Expr count) {
    return ImmutableMap.of();
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
