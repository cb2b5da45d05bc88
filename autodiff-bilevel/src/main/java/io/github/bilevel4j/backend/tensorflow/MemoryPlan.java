package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Puts a step that was lowered into a graph of its own into the engine's, in an order, and with as
 * much computed again, that its values take no more than the memory that there is for them.
 */
record MemoryPlan(StepTasks tasks, Recomputation.Plan plan) {
  /** One byte of holes to so many of values: up to so many were seen after ten steps. */
  private static final int HOLES = 4;

  /**
   * A plan for the operations that run.
   *
   * @param held bytes besides the values of the step
   * @param budget bytes for all together
   * @throws UsageError if no plan is known that takes so little
   */
  static MemoryPlan of(LoweredStep step, Graph graph, String name, long held, long budget) {
    StepTasks tasks =
        new StepTasks(
            graph,
            step.last().name(),
            step.placeholders().values().stream().map(output -> output.op().name()).toList(),
            step.origins());
    TaskGraph all = new TaskGraph(tasks.tasks());
    int[] order = Schedule.of(all);
    Recomputation.Plan free = Recomputation.unlimited(all, order);
    if (withHoles(free.peak()) <= budget - held) {
      return new MemoryPlan(tasks, free);
    }
    return new MemoryPlan(
        tasks,
        Recomputation.within(all, order, withoutHoles(budget - held))
            .orElseGet(() -> least(all, order, name, held, budget)));
  }

  private static Recomputation.Plan least(
      TaskGraph tasks, int[] order, String name, long held, long budget) {
    Recomputation.Plan least = Recomputation.least(tasks, order);
    if (withHoles(least.peak()) > budget - held) {
      throw tooLittle(name, withHoles(least.peak()), held, budget);
    }
    return least;
  }

  /** What values take with the holes between them: the device's allocator cannot move arrays. */
  private static long withHoles(long bytes) {
    return bytes + bytes / HOLES;
  }

  /** The most bytes that take no more than so many with the holes. */
  private static long withoutHoles(long bytes) {
    return bytes - bytes / (HOLES + 1);
  }

  private static UsageError tooLittle(String name, long values, long held, long budget) {
    return UsageError.in("compile \"" + name + "\"")
        .because(
            "a step needs %s, and no more than %s are allowed",
            Heap.megabytes(values + held), Heap.megabytes(budget))
        .row("values of the step, computed again where that saves memory", Heap.megabytes(values))
        .row("program, libraries and variables", Heap.megabytes(held))
        .maybe("smaller batches or MicroBatches were meant.");
  }

  /** Adds the runs to the engine's graph, and gives the step there. */
  LoweredStep addedTo(Nodes nodes, LoweredStep step, Session session) {
    List<String> names = new ArrayList<>();
    ImmutableMap.Builder<String, Expr> origins = ImmutableMap.builder();
    GraphDef.Builder operations = GraphDef.newBuilder();
    for (Recomputation.Run run : plan.runs()) {
      NodeDef node = tasks.node(run.task());
      int output = tasks.output(run.task());
      if (output > 0) {
        names.add(names.get(run.inputs().get(0)) + ":" + output);
        continue;
      }
      String name = run.copy() == 0 ? node.getName() : nodes.unique(node.getName() + "/again");
      Expr origin = step.origins().get(node.getName());
      if (origin != null) {
        origins.put(name, origin);
      }
      operations.addNode(rewired(node, run, name, names));
      names.add(name);
    }
    nodes.add(operations.build());
    return new LoweredStep(
        session,
        step.resources(),
        step.kept(),
        ImmutableMap.copyOf(Maps.transformValues(step.placeholders(), each -> in(nodes, each))),
        ImmutableMap.copyOf(Maps.transformValues(step.fetches(), each -> in(nodes, each))),
        nodes.get(step.last().name()),
        origins.buildOrThrow(),
        step.light());
  }

  private static NodeDef rewired(
      NodeDef node, Recomputation.Run run, String name, List<String> names) {
    NodeDef.Builder rewired = node.toBuilder().setName(name).clearInput();
    int position = 0;
    for (String input : node.getInputList()) {
      if (!StepTasks.isControl(input)) {
        rewired.addInput(names.get(run.inputs().get(position)));
        position++;
      }
    }
    run.after().stream()
        .map(other -> StepTasks.producer(names.get(other)))
        .distinct()
        .forEach(other -> rewired.addInput("^" + other));
    return rewired.build();
  }

  private static Output<?> in(Nodes nodes, Output<?> output) {
    return nodes.get(output.op().name()).output(output.index());
  }
}
