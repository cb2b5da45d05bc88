package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.op.Op;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A simultaneous assignment: named outputs and updates of variables, all computed from the values
 * that the variables have before the step.
 */
public record Step(String name, ImmutableMap<String, Expr> outputs, ImmutableList<Update> updates) {

  /**
   * Checks the step.
   *
   * @throws IllegalArgumentException if a variable is assigned twice
   */
  public Step {
    Set<Op> assigned = new HashSet<>();
    for (Update update : updates) {
      if (!assigned.add(update.variable().op())) {
        throw UsageError.in("step \"" + name + "\"")
            .because("the variable \"%s\" is assigned twice", update.variable().name())
            .maybe("two parts of the problem keep their state under the same variable.");
      }
    }
  }

  /** A step of the given name without outputs or updates. */
  public static Step named(String name) {
    return new Step(name, ImmutableMap.of(), ImmutableList.of());
  }

  /** With one more output. */
  public Step output(String output, Expr value) {
    requireNew(output);
    return new Step(
        name,
        ImmutableMap.<String, Expr>builder().putAll(outputs).put(output, value).buildOrThrow(),
        updates);
  }

  /** With more outputs. */
  public Step outputs(Map<String, Expr> more) {
    more.keySet().forEach(this::requireNew);
    return new Step(
        name,
        ImmutableMap.<String, Expr>builder().putAll(outputs).putAll(more).buildOrThrow(),
        updates);
  }

  private void requireNew(String output) {
    if (outputs.containsKey(output)) {
      throw UsageError.in("step \"" + name + "\"")
          .because("two outputs are named \"%s\"", output)
          .maybe("a term has the name of something that the solver reports.");
    }
  }

  /** With more updates. */
  public Step updating(List<Update> more) {
    return new Step(name, outputs, ImmutableList.copyOf(Iterables.concat(updates, more)));
  }

  /** With one more update. */
  public Step updating(Expr variable, Expr value) {
    return updating(List.of(new Update(variable, value)));
  }

  /**
   * The step that does what {@code times} runs of this one do one after another: each run sees the
   * values that the one before it assigned, the outputs are those of the last run, and inputs are
   * the same in all. It fails as a whole: if any run does, nothing is assigned.
   *
   * <p>From run to run values are handed on as numbers: nothing is differentiated through them. So
   * a gradient by an assigned variable, or by anything that an assigned value is made of, stays the
   * one that a run by itself computes. The expressions grow in proportion to the number of runs.
   *
   * @throws IllegalArgumentException if the number is less than one
   */
  public Step repeated(int times) {
    if (times < 1) {
      throw UsageError.in("step \"" + name + "\"")
          .because("it is to be repeated %d times", times)
          .maybe("1 was meant.");
    }
    Step last = this;
    for (int run = 1; run < times; run++) {
      last = after(last, run);
    }
    return last;
  }

  /** This step, reading what an earlier one has assigned. */
  private Step after(Step earlier, int runs) {
    Map<Op, Expr> values = new HashMap<>();
    earlier.updates.forEach(update -> values.put(update.variable().op(), update.value()));
    Map<Expr, Expr> replacements = new HashMap<>();
    for (Expr node : Expr.nodesOf(expressions())) {
      Expr value = values.get(node.op());
      if (value != null) {
        // Detached and under a name of its own: a gradient by this variable must neither see its
        // value's other occurrences nor, by other points, what the value is made of.
        String unique = "run " + runs + "/" + replacements.size() + "/" + node.name();
        replacements.put(node, value.detached().named(unique));
      }
    }
    Substitution substitution = Substitution.of(replacements);
    return new Step(
        name,
        ImmutableMap.copyOf(Maps.transformValues(outputs, substitution::apply)),
        updates.stream()
            .map(update -> new Update(update.variable(), substitution.apply(update.value())))
            .collect(ImmutableList.toImmutableList()));
  }

  /** Everything that the step computes. */
  public Iterable<Expr> expressions() {
    return Iterables.concat(outputs.values(), Iterables.transform(updates, Update::value));
  }
}
