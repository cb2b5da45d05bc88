package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Mistake;
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
    Set<Expr> assigned = new HashSet<>();
    for (Update update : updates) {
      if (!assigned.add(update.variable())) {
        throw Mistake.in("step \"" + name + "\"")
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
      throw Mistake.in("step \"" + name + "\"")
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

  /** Everything that the step computes. */
  public Iterable<Expr> expressions() {
    return Iterables.concat(outputs.values(), Iterables.transform(updates, Update::value));
  }
}
