package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;

/** {@code variable <- value}, where the value is computed from the state before the step. */
public record Update(Expr variable, Expr value) {

  /**
   * Checks the assignment.
   *
   * @throws IllegalArgumentException if the target is not a variable or the shapes differ
   */
  public Update {
    if (!variable.isVariable()) {
      throw UsageError.in("update")
          .because("the target is not a variable")
          .row("target", variable.label(), variable.shape().toString())
          .maybe("Expr.variable(...) was meant.");
    }
    if (!variable.shape().equals(value.shape())) {
      throw UsageError.in("update")
          .because("the shapes of variable and value differ")
          .row("variable", variable.label(), variable.shape().toString())
          .row("value", value.label(), value.shape().toString())
          .maybe("a reduction or reshape is missing.");
    }
  }

  /** The assignments of a vector's components to the variables of the same keys. */
  public static ImmutableList<Update> of(Variables variables, Vector values) {
    return variables.leaves().entrySet().stream()
        .map(entry -> new Update(entry.getValue(), values.get(entry.getKey())))
        .collect(ImmutableList.toImmutableList());
  }
}
