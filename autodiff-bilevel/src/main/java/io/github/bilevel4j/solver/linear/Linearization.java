package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Unary;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A function of a direction, such as a Hessian-vector product, split in two: the part that does not
 * depend on the direction is computed once and kept in variables, the part that does is computed
 * anew for each direction.
 *
 * <p>What is kept is the frontier: the nodes of the first part that the second one reads. Variables
 * need no keeping, since nothing assigns them in between; constants need none either. Of a
 * broadcast or reshape its source is kept, and of a step function its argument: the one in a
 * rectifier's derivative is a function of the rectifier's value, which the next layer reads too.
 */
public final class Linearization {

  /** What a node depends on, from least to most. */
  private enum Part {
    /** Constants and variables alone, as they are. */
    GIVEN,
    /** Computed or fed, but not from the direction. */
    PRIMAL,
    /** Computed from the direction. */
    DIRECTIONAL
  }

  private final Vector function;
  private final Substitution kept;
  private final ImmutableList<Update> capture;

  private Linearization(Vector function, Substitution kept, ImmutableList<Update> capture) {
    this.function = function;
    this.kept = kept;
    this.capture = capture;
  }

  /**
   * Splits a function.
   *
   * @param name the beginning of the names of the variables that keep the first part
   * @param function the function, without symbolic gradients
   * @param direction the variables that hold the direction
   * @param means the argument of a variable that holds a mean over the batch: such a variable is no
   *     state, but a function of batch and argument
   */
  static Linearization of(
      String name, Vector function, Variables direction, Function<Expr, Optional<Vector>> means) {
    Map<Expr, Part> parts = new HashMap<>();
    classify(function, direction, means, parts);
    Map<Expr, Expr> kept = new LinkedHashMap<>();
    for (Expr node : frontier(function, parts)) {
      Expr source = source(node);
      if (parts.get(source) == Part.PRIMAL) {
        kept.computeIfAbsent(source, primal -> Expr.kept(name + "/" + kept.size(), primal.shape()));
      }
    }
    return new Linearization(
        function,
        Substitution.of(kept),
        kept.entrySet().stream()
            .map(entry -> new Update(entry.getValue(), entry.getKey()))
            .collect(ImmutableList.toImmutableList()));
  }

  /** The function of the direction, reading the kept variables. */
  public Vector function() {
    return kept.apply(function);
  }

  /** A step made of components of the function, reading the kept variables. */
  Step of(Step step) {
    return new Step(
        step.name(),
        ImmutableMap.copyOf(Maps.transformValues(step.outputs(), kept::apply)),
        step.updates().stream()
            .map(update -> new Update(update.variable(), kept.apply(update.value())))
            .collect(ImmutableList.toImmutableList()));
  }

  /** The variables that keep the first part. */
  public ImmutableSet<Expr> kept() {
    return capture.stream().map(Update::variable).collect(ImmutableSet.toImmutableSet());
  }

  /** The assignments that compute and keep the first part. */
  public ImmutableList<Update> capture() {
    return capture;
  }

  private static void classify(
      Vector function,
      Variables direction,
      Function<Expr, Optional<Vector>> means,
      Map<Expr, Part> parts) {
    for (Expr node : Expr.nodesOf(function.components().values())) {
      if (!parts.containsKey(node)) {
        parts.put(node, part(node, direction, means, parts));
      }
    }
  }

  private static Part part(
      Expr node,
      Variables direction,
      Function<Expr, Optional<Vector>> means,
      Map<Expr, Part> parts) {
    if (direction.leaves().containsValue(node)) {
      return Part.DIRECTIONAL;
    }
    Optional<Vector> argument = means.apply(node);
    if (argument.isPresent()) {
      classify(argument.get(), direction, means, parts);
      return greatest(argument.get().components().values(), parts, Part.PRIMAL);
    }
    Part part =
        greatest(node.inputs(), parts, node.op() instanceof Leaf.Input ? Part.PRIMAL : Part.GIVEN);
    return part == Part.GIVEN && isComputedFromVariables(node) ? Part.PRIMAL : part;
  }

  private static Part greatest(Collection<Expr> nodes, Map<Expr, Part> parts, Part least) {
    return nodes.stream()
        .map(parts::get)
        .filter(part -> part.compareTo(least) > 0)
        .max(Part::compareTo)
        .orElse(least);
  }

  /** Constants stay given through any operation: the engine folds them. */
  private static boolean isComputedFromVariables(Expr node) {
    return Iterables.any(Expr.nodesOf(node.inputs()), below -> below.op() instanceof Leaf.Variable);
  }

  private static List<Expr> frontier(Vector function, Map<Expr, Part> parts) {
    ImmutableList.Builder<Expr> frontier = ImmutableList.builder();
    for (Expr node : Expr.nodesOf(function.components().values())) {
      if (parts.get(node) == Part.DIRECTIONAL) {
        frontier.addAll(Iterables.filter(node.inputs(), in -> parts.get(in) == Part.PRIMAL));
      }
    }
    return frontier
        .addAll(
            Iterables.filter(
                function.components().values(), root -> parts.get(root) == Part.PRIMAL))
        .build();
  }

  private static Expr source(Expr node) {
    Expr source = node;
    while (source.op() instanceof BroadcastTo
        || source.op() instanceof Reshape
        || source.op() == Unary.HEAVISIDE) {
      source = source.input(0);
    }
    return source;
  }
}
