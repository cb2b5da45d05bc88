package io.github.bilevel4j.expr;

import io.github.bilevel4j.check.UsageError;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Replaces nodes by other expressions of the same shape, everywhere below an expression and all at
 * once: replacements are not searched again. Replacing nodes by themselves gives the same node.
 */
public final class Substitution {
  private final Map<Expr, Expr> results = new HashMap<>();

  private Substitution() {}

  /**
   * The substitution of some nodes.
   *
   * @throws IllegalArgumentException if a replacement has another shape
   */
  public static Substitution of(Map<Expr, Expr> replacements) {
    replacements.forEach(
        (node, replacement) -> {
          if (!node.shape().equals(replacement.shape())) {
            throw UsageError.in("substitute")
                .because("the shapes differ, %s and %s", node.shape(), replacement.shape())
                .row("node", node.label(), node.shape().toString())
                .row("replacement", replacement.label(), replacement.shape().toString())
                .maybe("a value belongs to another variable.");
          }
        });
    Substitution substitution = new Substitution();
    substitution.results.putAll(replacements);
    return substitution;
  }

  /** The substitution of variables by the components of the same name. */
  public static Substitution of(Variables variables, Vector values) {
    Map<Expr, Expr> replacements = new HashMap<>();
    variables.leaves().forEach((name, leaf) -> replacements.put(leaf, values.get(name)));
    return of(replacements);
  }

  /** The expression with the nodes replaced. */
  public Expr apply(Expr expression) {
    for (Expr node : Expr.nodesOf(List.of(expression))) {
      if (!results.containsKey(node)) {
        results.put(node, rebuilt(node));
      }
    }
    return results.get(expression);
  }

  /** The vector with the nodes replaced in each component. */
  public Vector apply(Vector vector) {
    return vector.map(this::apply);
  }

  private Expr rebuilt(Expr node) {
    return node.rebuilt(node.inputs().stream().map(results::get).toList());
  }
}
