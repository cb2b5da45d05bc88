package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Puts a step that was lowered into a graph of its own into the engine's, in an order, and with as
 * much computed again, that its values take no more than the memory that there is for them.
 *
 * @param wanted bytes if nothing is computed again
 */
record MemoryPlan(StepTasks tasks, Recomputation.Plan plan, long wanted) {

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
    Recomputation.Plan free = Recomputation.within(all, order, Long.MAX_VALUE).orElseThrow();
    if (free.peak() <= budget - held) {
      return new MemoryPlan(tasks, free, free.peak());
    }
    Optional<Recomputation.Plan> plan = Recomputation.within(all, order, budget - held);
    return new MemoryPlan(
        tasks,
        plan.orElseThrow(
            () -> tooLittle(name, Recomputation.least(all, order).peak(), held, budget)),
        free.peak());
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
  LoweredStep addedTo(Nodes nodes, LoweredStep step, org.tensorflow.Session session) {
    List<String> names = new ArrayList<>();
    ImmutableMap.Builder<String, Expr> origins = ImmutableMap.builder();
    GraphDef.Builder operations = GraphDef.newBuilder();
    for (Recomputation.Run run : plan.runs()) {
      NodeDef node = tasks.node(run.task());
      String name =
          run.copy() == 0 ? node.getName() : nodes.unique(node.getName() + "/again");
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
        String old = StepTasks.producer(input);
        rewired.addInput(names.get(run.inputs().get(position)) + input.substring(old.length()));
        position++;
      }
    }
    run.after().stream().distinct().forEach(other -> rewired.addInput("^" + names.get(other)));
    return rewired.build();
  }

  private static Output<?> in(Nodes nodes, Output<?> output) {
    return nodes.get(output.op().name()).output(output.index());
  }
}
