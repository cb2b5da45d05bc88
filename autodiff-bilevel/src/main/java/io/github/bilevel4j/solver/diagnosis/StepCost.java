package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Differing;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.solver.step.internal.CostModel;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What one replica does in some runs of steps, counted on their expressions.
 *
 * @param operations multiplications of matrix products and convolutions, and one for each element
 *     of everything else
 * @param messages sums over replicas of values that may differ among them; each is one message of
 *     the replicas
 * @param messageElements numbers in all these messages
 * @param liveElements numbers that exist at once at most, besides leaves, in any run: if nodes are
 *     computed one after another, each is let go after its last use, and broadcasts take no memory
 */
public record StepCost(
    double operations, long messages, double messageElements, double liveElements) {
  /** No run. */
  static final StepCost NONE = new StepCost(0, 0, 0, 0);

  /** The cost of one run of each of the steps that a solver compiles for a problem. */
  public static StepCost of(Collection<Step> steps) {
    Differing differing = Differing.after(steps);
    return steps.stream().map(step -> of(step, differing)).reduce(NONE, StepCost::plus);
  }

  /** The cost of one run of a step. */
  static StepCost of(Step step, Differing differing) {
    ImmutableList<Expr> roots = Derivatives.values(ImmutableList.copyOf(step.expressions()));
    double operations = 0;
    long messages = 0;
    double messageElements = 0;
    for (Expr node : Expr.nodesOf(roots)) {
      operations += CostModel.of(node);
      if (node.op() instanceof AllSum sum && sum.replicas() > 1 && differing.test(node.input(0))) {
        messages++;
        messageElements += node.shape().size();
      }
    }
    return new StepCost(operations, messages, messageElements, live(roots));
  }

  private static double live(ImmutableList<Expr> roots) {
    Map<Expr, Integer> uses = new HashMap<>();
    roots.forEach(root -> uses.merge(owner(root), 1, Integer::sum));
    for (Expr node : Expr.nodesOf(roots)) {
      if (!isView(node)) {
        node.inputs().forEach(input -> uses.merge(owner(input), 1, Integer::sum));
      }
    }
    double live = 0;
    double most = 0;
    for (Expr node : Expr.nodesOf(roots)) {
      if (!isView(node)) {
        live += elements(node);
        most = Math.max(most, live);
        for (Expr input : node.inputs()) {
          Expr owner = owner(input);
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
  private static Expr owner(Expr node) {
    Expr owner = node;
    while (isView(owner)) {
      owner = owner.input(0);
    }
    return owner;
  }

  /** All runs of both. */
  StepCost plus(StepCost other) {
    return new StepCost(
        operations + other.operations,
        messages + other.messages,
        messageElements + other.messageElements,
        Math.max(liveElements, other.liveElements));
  }

  /** So many runs. */
  StepCost times(int runs) {
    return new StepCost(
        runs * operations, runs * messages, runs * messageElements, runs == 0 ? 0 : liveElements);
  }
}
