package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Several rules side by side, each for the components of its group. Each has a memory of its own.
 *
 * <p>Of {@code round} steps, a group makes the first {@code steps} and rests for the others; then
 * the next round begins. How many steps a group has made follows from the count of all: it needs no
 * memory, and nothing is differentiated through it.
 */
record ParameterGroups(ImmutableList<Group> groups, int round) implements Optimizer {

  /**
   * One group.
   *
   * @param label in printouts
   * @param key from a component's name to the name that it has in the group, if it is in it
   * @param steps in a round
   */
  record Group(
      String label, Function<String, Optional<String>> key, Optimizer optimizer, int steps) {

    private Vector of(Vector all) {
      ImmutableMap.Builder<String, Expr> mine = ImmutableMap.builder();
      all.components()
          .forEach((name, value) -> key.apply(name).ifPresent(own -> mine.put(own, value)));
      return Vector.of(mine.buildOrThrow());
    }

    @Override
    public String toString() {
      return label.isEmpty() ? optimizer.description() : label + ": " + optimizer.description();
    }
  }

  @Override
  public State start(Vector parameters) {
    List<State> parts =
        groups.stream().map(group -> group.optimizer().start(members(group, parameters))).toList();
    return together(parameters, parts, Expr.constant(0));
  }

  private static Vector members(Group group, Vector parameters) {
    Vector members = group.of(parameters);
    if (members.components().isEmpty()) {
      throw UsageError.in("optimizer")
          .because("no variable is in the group \"%s\"", group.label())
          .row("variables", parameters.components().keySet().toString())
          .row("optimizer", group.optimizer().description())
          .maybe("the condition on their names was meant for other variables.");
    }
    return members;
  }

  @Override
  public State next(State state, Vector gradient) {
    ImmutableList.Builder<State> parts = ImmutableList.builder();
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      parts.add(moved(group, part(state, i), group.of(gradient), state.count()));
    }
    Expr count =
        made(state.count())
            .map(made -> Expr.constant(made + 1.0))
            .orElseGet(() -> state.count().plus(1));
    return together(state.parameters(), parts.build(), count);
  }

  /** Each group makes the last step that it made, though it may have rested since. */
  @Override
  public State repeatLast(State state, Vector gradient) {
    ImmutableList.Builder<State> parts = ImmutableList.builder();
    for (int i = 0; i < groups.size(); i++) {
      Group group = groups.get(i);
      parts.add(group.optimizer().repeatLast(part(state, i), group.of(gradient)));
    }
    return together(state.parameters(), parts.build(), state.count());
  }

  /** The state of one group. */
  private State part(State state, int number) {
    Group group = groups.get(number);
    return new State(
        group.of(state.parameters()),
        state.slots().groups().get(number),
        count(group, state.count()));
  }

  /** The number of steps that a group has made. */
  private Expr count(Group group, Expr all) {
    int steps = group.steps();
    if (steps == round) {
      return all;
    }
    return made(all)
        .map(made -> Expr.constant(made / round * steps + Math.min(made % round, steps)))
        .orElseGet(() -> rounds(all).times(steps).plus(within(all).minimum(steps)));
  }

  private State moved(Group group, State now, Vector gradient, Expr all) {
    if (group.steps() == round) {
      return group.optimizer().next(now, gradient);
    }
    Optional<Integer> made = made(all);
    if (made.isPresent()) {
      return made.get() % round < group.steps() ? group.optimizer().next(now, gradient) : now;
    }
    Expr moves = Expr.constant(group.steps()).greaterThan(within(all));
    State next = group.optimizer().next(now, gradient);
    return new State(
        next.parameters().zip(now.parameters(), moves::where),
        next.slots().zip(now.slots(), moves::where),
        next.count());
  }

  private Expr rounds(Expr all) {
    // Half a step away from the whole numbers, where a quotient might be rounded down.
    return all.plus(0.5).dividedBy(round).floor();
  }

  /** Steps made in this round. */
  private Expr within(Expr all) {
    return all.minus(rounds(all).times(round));
  }

  /** The count, if it is known now: so it is where steps are written out from an empty memory. */
  private static Optional<Integer> made(Expr count) {
    return count.op() instanceof Leaf.Constant constant
        ? Optional.of((int) constant.value().at(0))
        : Optional.empty();
  }

  private State together(Vector like, List<State> parts, Expr count) {
    ImmutableMap.Builder<String, Expr> parameters = ImmutableMap.builder();
    like.components().keySet().forEach(name -> parameters.put(name, member(name, parts)));
    return new State(
        Vector.of(parameters.buildOrThrow()),
        new Slots(
            ImmutableMap.of(),
            parts.stream().map(State::slots).collect(ImmutableList.toImmutableList())),
        count);
  }

  private Expr member(String name, List<State> parts) {
    for (int i = 0; i < parts.size(); i++) {
      Optional<String> own = groups.get(i).key().apply(name);
      if (own.isPresent()) {
        return parts.get(i).parameters().get(own.get());
      }
    }
    throw UsageError.in("optimizer")
        .because("the variable \"%s\" is in no group", name)
        .row("groups", groups.toString())
        .maybe("the optimizer belongs to other variables.");
  }

  @Override
  public ImmutableMap<String, Expr> rates(Expr count) {
    ImmutableMap.Builder<String, Expr> rates = ImmutableMap.builder();
    for (Group group : groups) {
      group
          .optimizer()
          .rates(count(group, count))
          .forEach((label, rate) -> rates.put(joined(group.label(), label), rate));
    }
    return rates.buildKeepingLast();
  }

  private static String joined(String label, String within) {
    return label.isEmpty() || within.isEmpty() ? label + within : label + ", " + within;
  }

  @Override
  public boolean isStationaryAtFixedPoint() {
    return groups.stream().allMatch(group -> group.optimizer().isStationaryAtFixedPoint());
  }

  @Override
  public String description() {
    return groups.stream().map(Group::toString).collect(Collectors.joining("; "));
  }
}
