package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.solver.step.StateVector;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Some inner steps after a checkpoint, recomputed to pull an adjoint back through them. Each step
 * may have been fed other values, so each has inputs of its own in the program.
 */
final class Segment {
  private final Program program;
  private final ImmutableList<ImmutableMap<Leaf.Input, Expr>> inputs;

  private Segment(Program program, ImmutableList<ImmutableMap<Leaf.Input, Expr>> inputs) {
    this.program = program;
    this.inputs = inputs;
  }

  /**
   * What is pulled back, and through which steps.
   *
   * @param gradient of the inner objective, as differentiation is to see it
   * @param theta the outer variables
   * @param adjoint of the state at the segment's end, then at its beginning
   * @param accumulated of the outer variables
   */
  record Backward(
      String name,
      StatefulOptimizer descent,
      Vector gradient,
      Vector theta,
      Variables adjoint,
      Variables accumulated) {}

  /** Segments of some lengths; those of the same length share their program. */
  static ImmutableList<Segment> of(
      Backward backward, List<Integer> lengths, Checkpoints checkpoints, Engine engine) {
    Map<Integer, Segment> known = new HashMap<>();
    return lengths.stream()
        .map(length -> known.computeIfAbsent(length, l -> of(backward, l, checkpoints, engine)))
        .collect(ImmutableList.toImmutableList());
  }

  private static Segment of(Backward backward, int length, Checkpoints checkpoints, Engine engine) {
    Optimizer.State before = backward.descent().state();
    Optimizer.State after = backward.descent().next(backward.gradient());
    Vector next = StateVector.of(after);
    List<Expr> fed = inputsOf(next.components().values(), after.count());
    Vector begin = StateVector.of(before).map(checkpoints::top);

    Vector end = begin;
    Expr count = checkpoints.top(before.count());
    ImmutableList.Builder<ImmutableMap<Leaf.Input, Expr>> inputs = ImmutableList.builder();
    for (int k = 1; k <= length; k++) {
      ImmutableMap<Leaf.Input, Expr> own = inputsOfStep(k, fed);
      Map<Expr, Expr> values = new HashMap<>();
      for (Map.Entry<String, Expr> component : end.components().entrySet()) {
        values.put(StateVector.of(before).get(component.getKey()), component.getValue());
      }
      values.put(before.count(), count);
      fed.forEach(input -> values.put(input, own.get((Leaf.Input) input.op())));
      Substitution atStep = Substitution.of(values);
      end = atStep.apply(next);
      count = atStep.apply(after.count());
      inputs.add(own);
    }
    return new Segment(engine.compile(backwardStep(backward, length, begin, end)), inputs.build());
  }

  private static Step backwardStep(Backward backward, int length, Vector begin, Vector end) {
    Vector adjoint = backward.adjoint().vector();
    return Step.named(backward.name() + "/backward " + length)
        .updating(Update.of(backward.adjoint(), Derivatives.vjp(end, begin, adjoint)))
        .updating(
            Update.of(
                backward.accumulated(),
                backward
                    .accumulated()
                    .vector()
                    .plus(Derivatives.vjp(end, backward.theta(), adjoint))));
  }

  private static List<Expr> inputsOf(Iterable<Expr> values, Expr count) {
    return ImmutableList.copyOf(
        Iterables.filter(
            Expr.nodesOf(Iterables.concat(values, List.of(count))),
            node -> node.op() instanceof Leaf.Input));
  }

  private static ImmutableMap<Leaf.Input, Expr> inputsOfStep(int number, List<Expr> fed) {
    Map<Leaf.Input, Expr> own = new LinkedHashMap<>();
    for (Expr input : fed) {
      Leaf.Input leaf = (Leaf.Input) input.op();
      own.putIfAbsent(
          leaf, Expr.input(leaf.label() + " of step " + number, leaf.shape().toArray()));
    }
    return ImmutableMap.copyOf(own);
  }

  /** The program of the backward pass. */
  Program program() {
    return program;
  }

  /** Number of steps. */
  int length() {
    return inputs.size();
  }

  /**
   * Pulls the adjoint back from the state at the segment's end to the last checkpoint.
   *
   * @param feeds what each step was fed
   */
  void backward(List<Feed> feeds) {
    Feed all = Feed.none();
    for (int k = 0; k < length(); k++) {
      all = all.orElse(feeds.get(k).redirected(inputs.get(k)));
    }
    program.run(all.limitedTo(program));
  }
}
