package io.github.bilevel4j.expr;

import io.github.bilevel4j.op.Leaf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Expressions as text. */
final class Printing {
  private Printing() {}

  /** A name, a constant, or the primitive with its inputs one level deep. */
  static String label(Expr node) {
    if (!node.name().isEmpty() || node.op() instanceof Leaf) {
      return node.name().isEmpty() ? node.op().label() : node.name();
    }
    return node.op().label()
        + node.inputs().stream()
            .map(
                input -> input.op() instanceof Leaf || !input.name().isEmpty() ? label(input) : "…")
            .collect(Collectors.joining(", ", "(", ")"));
  }

  /** One numbered line per node: number, formula, shape, name. */
  static String listing(Expr root) {
    Map<Expr, String> references = new HashMap<>();
    StringBuilder text = new StringBuilder();
    int count = 0;
    for (Expr node : Expr.nodesOf(List.of(root))) {
      if (node.op() instanceof Leaf) {
        references.put(node, label(node));
        continue;
      }
      count++;
      String reference = "%" + count;
      references.put(node, reference);
      text.append(reference)
          .append(" = ")
          .append(node.op().label())
          .append(
              node.inputs().stream()
                  .map(references::get)
                  .collect(Collectors.joining(", ", "(", ")")))
          .append(' ')
          .append(node.shape())
          .append(node.name().isEmpty() ? "" : "  # " + node.name())
          .append('\n');
    }
    return text.length() == 0 ? label(root) + " " + root.shape() + "\n" : text.toString();
  }
}
