package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * A step of an engine with a budget, from its lowering into a graph of its own to its first run:
 * only then it is put into the engine's graph, in an order, and with as much computed again, as all
 * steps that are known by then leave memory for.
 */
final class DeferredStep {
  private final String name;
  private final ImmutableSet<Leaf> resources;
  private final KeptValues.OfStep kept;
  private final ImmutableMap<Expr, String> placeholders;
  private final ImmutableMap<String, String> fetches;
  private final String last;
  private final ImmutableMap<String, Expr> origins;
  private final boolean light;
  private final StepTasks tasks;
  private final TaskGraph graph;
  private final int[] order;
  private final Recomputation.Plan unlimited;

  /** The plans that were looked for, by the bytes that they were to keep within. */
  private final NavigableMap<Long, Optional<Recomputation.Plan>> known = new TreeMap<>();

  /**
   * A step of this name.
   *
   * @param lowered in a graph that may be closed afterwards
   */
  DeferredStep(String name, LoweredStep lowered, Graph apart) {
    this.name = name;
    resources = lowered.resources();
    kept = lowered.kept();
    placeholders = names(lowered.placeholders());
    fetches = names(lowered.fetches());
    last = lowered.last().name();
    origins = lowered.origins();
    light = lowered.light();
    tasks = new StepTasks(apart, lowered);
    graph = new TaskGraph(tasks.tasks());
    order = Schedule.of(graph);
    unlimited = Recomputation.unlimited(graph, order);
  }

  private static <K> ImmutableMap<K, String> names(Map<K, Output<?>> outputs) {
    return ImmutableMap.copyOf(Maps.transformValues(outputs, output -> output.op().name()));
  }

  String name() {
    return name;
  }

  ImmutableList<Expr> inputs() {
    return placeholders.keySet().asList();
  }

  /** The variables and constants that it finds on the device. */
  ImmutableSet<Leaf> resources() {
    return resources;
  }

  /** What it computes for later steps. */
  ImmutableSet<Leaf> keeps() {
    return kept.assigned();
  }

  /** The plan if there is memory for everything. */
  Recomputation.Plan unlimited() {
    return unlimited;
  }

  /** A plan whose values take no more than so many bytes; empty if none is found. */
  Optional<Recomputation.Plan> within(long bytes) {
    if (unlimited.peak() <= bytes) {
      return Optional.of(unlimited);
    }
    return known.tailMap(bytes, true).values().stream()
        .flatMap(Optional::stream)
        .filter(plan -> plan.peak() <= bytes)
        .findFirst()
        .or(() -> known.computeIfAbsent(bytes, b -> Recomputation.within(graph, order, b)));
  }

  /** The plan whose values take the least. */
  Recomputation.Plan least() {
    Recomputation.Plan least = Recomputation.least(graph, order);
    known.put(least.peak(), Optional.of(least));
    return least;
  }

  /** The number of operations of a plan: of several results, one. */
  int operations(Recomputation.Plan plan) {
    return Math.toIntExact(
        plan.runs().stream().filter(run -> tasks.output(run.task()) == 0).count());
  }

  /** Places the arrays of a run. */
  void run(Recomputation.Plan plan, DeviceMemory memory) {
    memory.run(tasks, plan.runs());
  }

  /** Adds the runs to the engine's graph, and gives the step there. */
  LoweredStep addedTo(Nodes nodes, Session session, Recomputation.Plan plan) {
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
      String unique = run.copy() == 0 ? node.getName() : nodes.unique(node.getName() + "/again");
      Expr origin = this.origins.get(node.getName());
      if (origin != null) {
        origins.put(unique, origin);
      }
      operations.addNode(rewired(node, run, unique, names));
      names.add(unique);
    }
    nodes.add(operations.build());
    return new LoweredStep(
        session,
        resources,
        kept,
        ImmutableMap.copyOf(Maps.transformValues(placeholders, each -> result(nodes, each))),
        ImmutableMap.copyOf(Maps.transformValues(fetches, each -> result(nodes, each))),
        nodes.get(last),
        origins.buildOrThrow(),
        light);
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

  private static Output<?> result(Nodes nodes, String operation) {
    return nodes.get(operation).output(0);
  }
}
