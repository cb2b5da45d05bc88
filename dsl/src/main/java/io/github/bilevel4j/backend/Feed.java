package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The values of a step's inputs for one run: of a whole batch, or of each of the micro-batches that
 * make it up.
 */
public final class Feed {
  private static final Feed NONE = new Feed(ImmutableMap.of());

  private final ImmutableMap<Leaf.Input, Array> values;
  private final ImmutableList<Feed> parts;

  private Feed(ImmutableMap<Leaf.Input, Array> values) {
    this(values, ImmutableList.of());
  }

  private Feed(ImmutableMap<Leaf.Input, Array> values, ImmutableList<Feed> parts) {
    this.values = values;
    this.parts = parts;
  }

  /** No inputs. */
  public static Feed none() {
    return NONE;
  }

  /**
   * A batch in micro-batches of equal size, for an engine that takes them.
   *
   * @throws UsageError if there is none
   */
  public static Feed microBatches(List<Feed> parts) {
    if (parts.isEmpty()) {
      throw UsageError.in("feed").because("there is no micro-batch").error();
    }
    return new Feed(ImmutableMap.of(), ImmutableList.copyOf(parts));
  }

  /** The micro-batches; a feed of a whole batch is one. */
  public ImmutableList<Feed> parts() {
    if (parts.isEmpty()) {
      return ImmutableList.of(this);
    }
    Feed common = new Feed(values);
    return parts.stream().map(part -> part.orElse(common)).collect(ImmutableList.toImmutableList());
  }

  /** Whether all values are finite, for a message: {@code finite} or {@code not finite: images}. */
  public String finiteness() {
    ImmutableList<String> names = namesOfNonFinite();
    return names.isEmpty() ? "finite" : "not finite: " + String.join(", ", names);
  }

  /** Whether all values are finite. */
  public boolean isFinite() {
    return namesOfNonFinite().isEmpty();
  }

  private ImmutableList<String> namesOfNonFinite() {
    return Stream.concat(
            values.entrySet().stream()
                .filter(fed -> !isFinite(fed.getValue()))
                .map(fed -> fed.getKey().label()),
            parts.stream().flatMap(part -> part.namesOfNonFinite().stream()))
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean isFinite(Array value) {
    for (int i = 0; i < value.size(); i++) {
      if (!Double.isFinite(value.at(i))) {
        return false;
      }
    }
    return true;
  }

  /**
   * One input's value.
   *
   * @throws IllegalArgumentException if the expression is not an input or the shapes differ
   */
  public static Feed of(Expr input, Array value) {
    return NONE.and(input, value);
  }

  /**
   * This feed and one more input's value.
   *
   * @throws IllegalArgumentException if the expression is not an input, the shapes differ, or it
   *     has a value already
   */
  public Feed and(Expr input, Array value) {
    Leaf.Input leaf = leaf(input);
    if (!input.shape().equals(value.shape())) {
      throw UsageError.in("feed")
          .because("the shapes of input and value differ")
          .row("input", input.label(), input.shape().toString())
          .row("value", "", value.shape().toString())
          .maybe("the last batch is smaller than the others, or the value lacks an axis.");
    }
    if (leaf.ofSamples() && value.samples().isEmpty()) {
      throw UsageError.in("feed")
          .because("the input \"%s\" takes 8-bit samples", input.label())
          .maybe("Array.ofSamples(shape, rows) was meant.");
    }
    if (values.containsKey(leaf)) {
      throw UsageError.in("feed")
          .because("the input \"%s\" is fed twice", input.label())
          .maybe("two inputs were meant.");
    }
    return new Feed(
        ImmutableMap.<Leaf.Input, Array>builder().putAll(values).put(leaf, value).buildOrThrow());
  }

  /** This feed, with the values of another one for the inputs that have none here. */
  public Feed orElse(Feed other) {
    return new Feed(
        ImmutableMap.<Leaf.Input, Array>builder()
            .putAll(other.values)
            .putAll(values)
            .buildKeepingLast(),
        parts.isEmpty() ? other.parts : parts);
  }

  /** The values of some inputs, fed to others instead; inputs without a value here are left out. */
  public Feed redirected(Map<Leaf.Input, Expr> others) {
    Feed redirected = NONE;
    for (Map.Entry<Leaf.Input, Expr> other : others.entrySet()) {
      Array value = values.get(other.getKey());
      redirected = value == null ? redirected : redirected.and(other.getValue(), value);
    }
    return redirected;
  }

  /** The part of this feed that a program takes: the other inputs are left out. */
  public Feed limitedTo(Program program) {
    Set<Leaf.Input> taken = leaves(program.inputs());
    return limitedTo(taken);
  }

  private Feed limitedTo(Set<Leaf.Input> taken) {
    return new Feed(
        ImmutableMap.copyOf(Maps.filterKeys(values, taken::contains)),
        parts.stream().map(part -> part.limitedTo(taken)).collect(ImmutableList.toImmutableList()));
  }

  /** The names of the inputs fed here that are not among some others. */
  public ImmutableList<String> namesOutside(Collection<Expr> inputs) {
    Set<Leaf.Input> known = leaves(inputs);
    return parts().stream()
        .flatMap(part -> part.values.keySet().stream())
        .filter(input -> !known.contains(input))
        .map(Leaf.Input::label)
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * The value of each input.
   *
   * @throws IllegalArgumentException if one of the inputs has no value here, or a value here is for
   *     none of them
   */
  public ImmutableMap<Leaf.Input, Array> valuesFor(String program, Collection<Expr> inputs) {
    if (!parts.isEmpty() && !inputs.isEmpty()) {
      throw UsageError.in("run \"" + program + "\"")
          .because("the engine takes whole batches, not %d micro-batches", parts.size())
          .maybe("the solver was meant to be built on MicroBatches.on(engine).");
    }
    for (Expr input : inputs) {
      if (!values.containsKey(leaf(input))) {
        throw UsageError.in("run \"" + program + "\"")
            .because("the input \"%s\" is not fed", input.label())
            .row("needed", describe(inputs))
            .row("fed", describe())
            .maybe("Feed.of(%s, ...) was forgotten.", input.label());
      }
    }
    Set<Leaf.Input> known = leaves(inputs);
    for (Leaf.Input fed : values.keySet()) {
      if (!known.contains(fed)) {
        throw UsageError.in("run \"" + program + "\"")
            .because("the value fed to \"%s\" is not used", fed.label())
            .row("needed", describe(inputs))
            .row("fed", describe())
            .maybe("it belongs to another step; limitedTo(program) leaves it out.");
      }
    }
    return values;
  }

  private static Leaf.Input leaf(Expr input) {
    if (input.op() instanceof Leaf.Input leaf) {
      return leaf;
    }
    throw UsageError.in("feed")
        .because("the expression is not an input")
        .row("expression", input.label(), input.shape().toString())
        .maybe("Expr.input(...) was meant; variables are set with engine.write(...).");
  }

  private static Set<Leaf.Input> leaves(Collection<Expr> inputs) {
    Set<Leaf.Input> leaves = new HashSet<>();
    inputs.forEach(input -> leaves.add(leaf(input)));
    return leaves;
  }

  private static String describe(Collection<Expr> inputs) {
    return inputs.isEmpty()
        ? "nothing"
        : String.join(
            ", ", inputs.stream().map(input -> input.label() + " " + input.shape()).toList());
  }

  private String describe() {
    return values.isEmpty()
        ? "nothing"
        : String.join(
            ", ",
            values.keySet().stream().map(input -> input.label() + " " + input.shape()).toList());
  }
}
