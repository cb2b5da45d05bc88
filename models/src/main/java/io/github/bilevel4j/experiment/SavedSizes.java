package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import java.nio.file.Path;
import java.util.Map;

/** The arrays of a file of weights, whose sizes may be those of a run with other options. */
record SavedSizes(Path file, ImmutableMap<String, Array> arrays) {
  private static final int SHOWN = 4;

  /**
   * Fails if it is heads, queues or other state of the method alone that have another size.
   *
   * @throws IllegalArgumentException if the encoder has its shapes, but the method has not
   */
  void requireOfThisRun(Variables encoder, Variables method) {
    Map<String, Expr> other = otherShapes(method);
    if (other.isEmpty() || !fits(encoder)) {
      return;
    }
    UsageError.Message mistake =
        UsageError.in("resume")
            .because(
                "the encoder fits, but %d of %d variables of the method have another shape",
                other.size(), method.names().size())
            .row("variable", "this run", "file");
    for (String name : other.keySet().stream().limit(SHOWN).toList()) {
      mistake =
          mistake.row(
              name, other.get(name).shape().toString(), arrays.get(name).shape().toString());
    }
    throw mistake.maybe(
        "batch, preset and data should be those of the run that wrote %s: sizes of queues and"
            + " heads follow from them.",
        file);
  }

  private boolean fits(Variables variables) {
    return arrays.keySet().containsAll(variables.names()) && otherShapes(variables).isEmpty();
  }

  private Map<String, Expr> otherShapes(Variables variables) {
    return Maps.filterEntries(
        variables.leaves(),
        leaf ->
            arrays.containsKey(leaf.getKey())
                && !arrays.get(leaf.getKey()).shape().equals(leaf.getValue().shape()));
  }
}
