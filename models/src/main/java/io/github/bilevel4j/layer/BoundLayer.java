package io.github.bilevel4j.layer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A layer at other parameter values. */
record BoundLayer(Layer layer, Vector vector) implements Layer {
  private static final int SHOWN = 5;

  /**
   * Takes of the values those that the layer has a use for; statistics not given stay as they are.
   */
  static BoundLayer of(Layer layer, Vector values) {
    requireAll(layer.parameters(), values);
    Map<String, Expr> used = new LinkedHashMap<>(layer.vector().components());
    layer
        .variables()
        .leaves()
        .forEach(
            (name, variable) -> {
              Expr value = values.components().get(name);
              if (value != null) {
                requireSameShape(name, variable, value);
                used.put(name, value);
              }
            });
    return new BoundLayer(layer, Vector.of(used));
  }

  @Override
  public Variables parameters() {
    return layer.parameters();
  }

  @Override
  public Variables state() {
    return layer.state();
  }

  @Override
  public Expr apply(Vector parameters, Expr x, Pass pass) {
    return layer.apply(parameters, x, pass);
  }

  private static void requireAll(Variables parameters, Vector values) {
    List<String> missing =
        parameters.names().stream()
            .filter(name -> !values.components().containsKey(name))
            .collect(ImmutableList.toImmutableList());
    if (!missing.isEmpty()) {
      throw UsageError.in("layer with other parameters")
          .because("%d of %d have no value", missing.size(), parameters.names().size())
          .row("missing", firstOf(missing))
          .row("given", firstOf(values.components().keySet().asList()))
          .maybe("the values belong to another layer.");
    }
  }

  private static void requireSameShape(String name, Expr variable, Expr value) {
    if (!variable.shape().equals(value.shape())) {
      throw UsageError.in("layer with other parameters")
          .because("a value has another shape than its parameter")
          .row("parameter", name, variable.shape().toString())
          .row("value", value.label(), value.shape().toString())
          .maybe("the value belongs to another parameter.");
    }
  }

  private static String firstOf(List<String> names) {
    String more = names.size() > SHOWN ? ", ..." : "";
    return names.stream().limit(SHOWN).collect(Collectors.joining(", ", "", more));
  }

  /** The union of the points of layers, each under its key. */
  static Vector union(List<Layer> layers) {
    ImmutableMap.Builder<String, Expr> all = ImmutableMap.builder();
    for (Layer layer : layers) {
      for (Map.Entry<String, Expr> value : layer.vector().components().entrySet()) {
        all.put(value);
      }
    }
    return Vector.of(all.buildOrThrow());
  }
}
