package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Shape;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The layers of a network to which the nodes of its steps belong.
 *
 * <p>A parameter belongs to its layer, and so do its copies, momenta and tangents, whose names end
 * with its own. A node that reads values of a parameter's shape belongs to the last of their
 * layers: the convolution by a filter, its tangent and its gradients. Any other node belongs to the
 * first layer that it reads from: that is the one before for what follows a layer, and for a
 * gradient, which reads a layer's activations and the gradient of those behind it, that layer.
 */
final class Layers {
  /** What belongs to none: views, positions, random numbers. */
  static final String NONE = "none";

  private static final int NO_LAYER = Integer.MAX_VALUE;

  private final ImmutableMap<String, String> named;
  private final ImmutableList<String> order;
  private final ImmutableSet<Shape> shapes;
  private final Map<Expr, Integer> known = new HashMap<>();

  private Layers(ImmutableMap<String, String> named, ImmutableSet<Shape> shapes) {
    this.named = named;
    this.order = ImmutableSet.copyOf(named.values()).asList();
    this.shapes = shapes;
  }

  /** Layers in their order, each with its parameters. */
  static Layers of(Map<String, Variables> layers) {
    Map<String, String> named = new LinkedHashMap<>();
    Set<Shape> shapes = new LinkedHashSet<>();
    layers.forEach(
        (layer, parameters) ->
            parameters
                .leaves()
                .values()
                .forEach(
                    leaf -> {
                      named.putIfAbsent(leaf.name(), layer);
                      shapes.add(leaf.shape());
                    }));
    return new Layers(ImmutableMap.copyOf(named), ImmutableSet.copyOf(shapes));
  }

  /** The layers in their order, {@link #NONE} at the end. */
  ImmutableList<String> order() {
    return ImmutableList.<String>builder().addAll(order).add(NONE).build();
  }

  /** The layer of each kernel's node. What steps keep for later ones is followed. */
  ImmutableList<String> of(List<KernelRun> kernels) {
    Map<Step, Set<Expr>> steps = new LinkedHashMap<>();
    for (KernelRun kernel : kernels) {
      Set<Expr> nodes = steps.computeIfAbsent(kernel.step(), step -> new LinkedHashSet<>());
      kernel.origin().ifPresent(nodes::add);
    }
    steps.forEach(this::follow);
    return kernels.stream()
        .map(kernel -> name(kernel.origin().map(known::get)))
        .collect(ImmutableList.toImmutableList());
  }

  private String name(Optional<Integer> layer) {
    return layer.filter(number -> number != NO_LAYER).map(order::get).orElse(NONE);
  }

  private void follow(Step step, Set<Expr> nodes) {
    Iterable<Expr> values = Iterables.transform(step.updates(), Update::value);
    for (Expr node : Expr.nodesOf(Iterables.concat(nodes, values))) {
      known.computeIfAbsent(node, this::layer);
    }
    for (Update update : step.updates()) {
      if (layer(update.variable()) == NO_LAYER) {
        known.put(update.variable(), known.get(update.value()));
      }
    }
  }

  private int layer(Expr node) {
    if (node.op() instanceof Leaf) {
      return layer(node.name());
    }
    int last = -1;
    int first = NO_LAYER;
    for (Expr input : node.inputs()) {
      int layer = known.get(input);
      if (layer != NO_LAYER && shapes.contains(input.shape())) {
        last = Math.max(last, layer);
      }
      first = Math.min(first, layer);
    }
    return last >= 0 ? last : first;
  }

  /** Of a variable whose name ends with a parameter's. */
  private int layer(String name) {
    for (int from = 0; from >= 0; from = name.indexOf('/', from + 1)) {
      String layer = named.get(from == 0 ? name : name.substring(from + 1));
      if (layer != null) {
        return order.indexOf(layer);
      }
    }
    return NO_LAYER;
  }
}
