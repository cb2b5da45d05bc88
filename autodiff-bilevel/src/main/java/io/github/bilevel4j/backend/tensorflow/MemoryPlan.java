package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import org.tensorflow.Graph;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;

/**
 * Puts a step that was lowered into a graph of its own into the engine's, in an order, and with as
 * much computed again, that its values take no more than the memory that there is for them.
 */
record MemoryPlan(StepTasks tasks, Recomputation.Plan plan, DeviceMemory memory) {
  /**
   * Where steps ran in other orders than they were compiled in, arrays took up to 1 / 10 more;
   * allowed are 1 / 8.
   */
  private static final int OTHER_ORDERS = 8;

  /** Runs after which arrays lie roughly where they do after any number. */
  private static final int RUNS = 3;

  /** The next plan that is tried has values that are smaller by half of the excess, */
  private static final int EXCESS_STEP = 2;

  /** and by this part of themselves. */
  private static final int SMALLEST_STEP = 50;

  /** How often a plan is looked for between one that fits and one that does not. */
  private static final int REFINEMENTS = 2;

  /** The part of a budget that a step whose values are kept for others leaves to them. */
  private static final int LEFT = 4;

  /** The most work of such a step that is not needed for the budget itself. */
  private static final double WORK_FOR_OTHERS = 1.1;

  /**
   * A plan for the operations that run.
   *
   * @param memory where arrays lie before it runs
   * @param others bytes besides arrays on the device, when so many operations are added
   * @param spare bytes that are left to others, if there is a plan that leaves them
   * @param budget bytes for all together
   * @throws UsageError if no plan is known that takes so little
   */
  static MemoryPlan of(
      LoweredStep step,
      Graph graph,
      String name,
      DeviceMemory memory,
      IntToLongFunction others,
      long spare,
      long budget) {
    StepTasks tasks = new StepTasks(graph, step);
    Search search = new Search(tasks, memory, others);
    MemoryPlan plan =
        search
            .fitting(budget - spare)
            .or(() -> search.fitting(budget))
            .orElseThrow(() -> search.tooLittle(name, budget));
    return step.kept().assigned().isEmpty() ? plan : search.smaller(plan, budget - budget / LEFT);
  }

  private long arrays() {
    return memory.touched() + memory.touched() / OTHER_ORDERS;
  }

  /** The search for a plan among those with less and less memory for the values of the step. */
  private static final class Search {
    private final StepTasks tasks;
    private final TaskGraph graph;
    private final int[] order;
    private final DeviceMemory before;
    private final IntToLongFunction others;
    private final Supplier<MemoryPlan> unlimited;
    private final Supplier<MemoryPlan> least;
    private Optional<MemoryPlan> smallest = Optional.empty();

    Search(StepTasks tasks, DeviceMemory before, IntToLongFunction others) {
      this.tasks = tasks;
      this.graph = new TaskGraph(tasks.tasks());
      this.order = Schedule.of(graph);
      this.before = before;
      this.others = others;
      unlimited = Suppliers.memoize(() -> placed(Recomputation.unlimited(graph, order)));
      least = Suppliers.memoize(() -> placed(Recomputation.least(graph, order)));
    }

    /** The plan with the least work that is found to fit; empty if none is. */
    Optional<MemoryPlan> fitting(long budget) {
      MemoryPlan tooLarge = unlimited.get();
      if (fits(tooLarge, budget)) {
        return Optional.of(tooLarge);
      }
      while (true) {
        long less = (bytes(tooLarge) - budget) / EXCESS_STEP + smallestStep(tooLarge);
        Optional<MemoryPlan> next = within(tooLarge.plan().peak() - less);
        MemoryPlan plan = next.orElseGet(least);
        if (fits(plan, budget)) {
          return Optional.of(between(tooLarge, plan, budget));
        }
        if (next.isEmpty()) {
          // Less memory for values may take more for all together, where they leave holes.
          return smallest.filter(known -> fits(known, budget));
        }
        tooLarge = plan;
      }
    }

    private MemoryPlan between(MemoryPlan tooLarge, MemoryPlan fitting, long budget) {
      MemoryPlan best = fitting;
      long high = tooLarge.plan().peak();
      long low = fitting.plan().peak();
      for (int i = 0; i < REFINEMENTS && high - low > 1; i++) {
        long middle = low + (high - low) / 2;
        Optional<MemoryPlan> plan = within(middle).filter(found -> fits(found, budget));
        if (plan.isEmpty()) {
          high = middle;
        } else {
          low = middle;
          best = plan.filter(found -> found.plan().work() < fitting.plan().work()).orElse(best);
        }
      }
      return best;
    }

    /**
     * Whether a plan keeps within a budget, or takes no more for arrays than steps before it have
     * taken: then no other takes less.
     */
    private boolean fits(MemoryPlan plan, long budget) {
      return bytes(plan) <= budget
          || (before.hasRun()
              && plan.memory().touched() <= before.touched() + BestFitAllocator.SMALL);
    }

    private static long smallestStep(MemoryPlan plan) {
      return Math.max(1, plan.plan().peak() / SMALLEST_STEP);
    }

    /** A plan that leaves more to the steps that are compiled later, if there is one. */
    MemoryPlan smaller(MemoryPlan fitting, long enough) {
      MemoryPlan best = fitting;
      Optional<MemoryPlan> next = Optional.of(fitting);
      while (next.isPresent() && bytes(best) > enough) {
        next =
            within(next.get().plan().peak() - smallestStep(next.get()))
                .filter(plan -> plan.plan().work() <= WORK_FOR_OTHERS);
        best = next.filter(plan -> bytes(plan) < bytes(fitting)).orElse(best);
      }
      return best;
    }

    private Optional<MemoryPlan> within(long bytes) {
      return Recomputation.within(graph, order, bytes).map(this::placed);
    }

    private MemoryPlan placed(Recomputation.Plan plan) {
      DeviceMemory memory = before.copy();
      for (int i = 0; i < RUNS; i++) {
        memory.run(tasks, plan.runs());
      }
      MemoryPlan placed = new MemoryPlan(tasks, plan, memory);
      if (bytes(placed) < smallest.map(this::bytes).orElse(Long.MAX_VALUE)) {
        smallest = Optional.of(placed);
      }
      return placed;
    }

    /** What a plan and all else takes. */
    private long bytes(MemoryPlan plan) {
      return plan.arrays() + others.applyAsLong(plan.plan().runs().size());
    }

    /** After the search. */
    UsageError tooLittle(String name, long budget) {
      MemoryPlan plan = smallest.orElseThrow();
      return UsageError.in("compile \"" + name + "\"")
          .because(
              "a step needs %s, and no more than %s are allowed",
              Heap.megabytes(bytes(plan)), Heap.megabytes(budget))
          .row(
              "variables and values of steps, computed again where that saves memory",
              Heap.megabytes(plan.arrays()))
          .row("program and libraries", Heap.megabytes(bytes(plan) - plan.arrays()))
          .maybe("smaller batches or MicroBatches were meant.");
    }
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
