package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import com.google.common.collect.Streams;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Differing;
import io.github.bilevel4j.autodiff.DistinctNodes;
import io.github.bilevel4j.autodiff.Messages;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.solver.step.internal.CostModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one replica does in some runs of steps, counted on their expressions.
 *
 * @param operations multiplications of matrix products and convolutions, and one for each element
 *     of everything else
 * @param messages of the replicas, which make the sums of values that may differ among them, those
 *     that do not depend on each other {@linkplain Messages together}
 * @param messageElements numbers in all these messages
 * @param liveElements numbers that exist at once at most, besides leaves, in any run: if nodes are
 *     computed one after another, what a message needs before what waits for it, each is let go
 *     after its last use, and broadcasts take no memory
 */
public record StepCost(
    double operations, long messages, double messageElements, double liveElements) {
  /** No run. */
  private static final StepCost NONE = new StepCost(0, 0, 0, 0);

  /** The cost of one run of each of the steps that a solver compiles for a problem. */
  public static StepCost of(Collection<Step> steps) {
    return of(Maps.asMap(ImmutableSet.copyOf(steps), step -> 1));
  }

  /** The cost of so many runs of each of the steps of a problem. */
  static StepCost of(Map<Step, Integer> runs) {
    Differing differing = after(runs.keySet());
    return runs.entrySet().stream()
        .map(step -> of(step.getKey(), differing).times(step.getValue()))
        .reduce(NONE, StepCost::plus);
  }

  /**
   * What differs once steps have run, however often: inputs, and the variables that any of the
   * steps assigns a value that differs.
   */
  private static Differing after(Collection<Step> steps) {
    Map<Leaf, List<Expr>> assigned = new HashMap<>();
    for (Step step : steps) {
      List<Expr> values = Derivatives.values(step.updates().stream().map(Update::value).toList());
      for (int i = 0; i < values.size(); i++) {
        Leaf variable = (Leaf) step.updates().get(i).variable().op();
        assigned.computeIfAbsent(variable, leaf -> new ArrayList<>()).add(values.get(i));
      }
    }
    Set<Leaf> differing = new HashSet<>();
    while (true) {
      Set<Leaf> before = ImmutableSet.copyOf(differing);
      Differing found = new Differing(leaf -> leaf instanceof Leaf.Input || before.contains(leaf));
      assigned.forEach(
          (variable, values) -> {
            if (values.stream().anyMatch(found::test)) {
              differing.add(variable);
            }
          });
      if (differing.equals(before)) {
        return found;
      }
    }
  }

  /** The cost of one run of a step. */
  private static StepCost of(Step step, Differing differing) {
    DistinctNodes nodes =
        DistinctNodes.of(Derivatives.values(ImmutableList.copyOf(step.expressions())));
    Messages messages = Messages.of(nodes, node -> communicates(node, differing));
    return new StepCost(
        nodes.all().stream().mapToDouble(CostModel::of).sum(),
        messages.all().size(),
        Streams.stream(Iterables.concat(messages.all()))
            .mapToDouble(sum -> sum.shape().size())
            .sum(),
        live(nodes, messages.order()));
  }

  private static boolean communicates(Expr node, Differing differing) {
    return node.op() instanceof AllSum sum && sum.replicas() > 1 && differing.test(node.input(0));
  }

  private static double live(DistinctNodes nodes, List<Expr> order) {
    Map<Expr, Integer> uses = new HashMap<>();
    nodes.roots().forEach(root -> uses.merge(owner(nodes, root), 1, Integer::sum));
    for (Expr node : order) {
      if (!isView(node)) {
        node.inputs().forEach(input -> uses.merge(owner(nodes, input), 1, Integer::sum));
      }
    }
    double live = 0;
    double most = 0;
    for (Expr node : order) {
      if (!isView(node)) {
        live += elements(node);
        most = Math.max(most, live);
        for (Expr input : node.inputs()) {
          Expr owner = owner(nodes, input);
          if (uses.merge(owner, -1, Integer::sum) == 0) {
            live -= elements(owner);
          }
        }
      }
    }
    return most;
  }

  private static double elements(Expr node) {
    return node.op() instanceof Leaf ? 0 : node.shape().size();
  }

  private static boolean isView(Expr node) {
    return node.op() instanceof Reshape || node.op() instanceof BroadcastTo;
  }

  /** The node whose memory a value is. */
  private static Expr owner(DistinctNodes nodes, Expr node) {
    Expr owner = nodes.first(node);
    while (isView(owner)) {
      owner = nodes.first(owner.input(0));
    }
    return owner;
  }

  /** All runs of both. */
  private StepCost plus(StepCost other) {
    return new StepCost(
        operations + other.operations,
        messages + other.messages,
        messageElements + other.messageElements,
        Math.max(liveElements, other.liveElements));
  }

  /** So many runs. */
  private StepCost times(int runs) {
    return new StepCost(
        runs * operations, runs * messages, runs * messageElements, runs == 0 ? 0 : liveElements);
  }
}
