package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.Sets;
import com.sun.management.OperatingSystemMXBean;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.tensorflow.BestFitAllocator.Chunk;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TUint8;

/**
 * Where the arrays on a device lie when planned steps run in the order in which they were compiled:
 * variables between values, and so how much memory there must be for both.
 */
final class DeviceMemory {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceMemory.class);
  private static final OperatingSystemMXBean MACHINE =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final int NEVER = -1;

  /** Bytes of the largest region that was asked for. */
  private static long region;

  private final Placed placed;

  /** Those of an engine, by the names of their resources. */
  private final Map<String, Chunk> variables;

  private DeviceMemory(Placed placed, Map<String, Chunk> variables) {
    this.placed = placed;
    this.variables = new HashMap<>(variables);
  }

  /** With nothing in it. */
  DeviceMemory() {
    this(new Placed(new BestFitAllocator(), false), Map.of());
  }

  /** The arrays of all engines. */
  private static final class Placed {
    final BestFitAllocator allocator;
    boolean stepHasRun;

    Placed(BestFitAllocator allocator, boolean stepHasRun) {
      this.allocator = allocator;
      this.stepHasRun = stepHasRun;
    }
  }

  /** The same memory for another engine, whose resources have names of their own. */
  DeviceMemory shared() {
    return new DeviceMemory(placed, Map.of());
  }

  /**
   * Has the processor's allocator take a region as large as a budget, at most half of the machine's
   * memory, of which nothing is resident before it is used: by itself it takes one region after
   * another, and no array lies across two. The region is the process's; a second is taken for a
   * larger budget only.
   */
  static synchronized void inOneRegion(MemoryBudget budget) {
    long bytes = Math.min(budget.bytes(), MACHINE.getTotalMemorySize() / 2);
    if (bytes > region) {
      region = bytes;
      try {
        TUint8.tensorOf(Shape.of(bytes)).close();
      } catch (RuntimeException e) {
        LOG.debug("no region of {} bytes: {}", bytes, e.toString());
      }
    }
  }

  /** Where arrays lie after other steps, beginning with what is here. */
  DeviceMemory copy() {
    synchronized (placed) {
      return new DeviceMemory(new Placed(placed.allocator.copy(), placed.stepHasRun), variables);
    }
  }

  /** The bytes that have ever been in use. */
  long touched() {
    synchronized (placed) {
      return placed.allocator.touched();
    }
  }

  /**
   * Places variables that were written since the last step, and forgets those that are gone.
   *
   * @param present the bytes of each that is there; zero of kept values that no step has assigned
   */
  void synchronize(SortedMap<String, Long> present) {
    synchronized (placed) {
      for (String gone : Sets.difference(variables.keySet(), present.keySet()).immutableCopy()) {
        destroy(gone);
      }
      present.forEach(
          (name, bytes) -> {
            if (bytes > 0 && !variables.containsKey(name)) {
              variables.put(name, placed.allocator.allocate(bytes));
            }
          });
    }
  }

  private void destroy(String name) {
    Chunk chunk = variables.remove(name);
    if (chunk != null) {
      placed.allocator.free(chunk);
    }
  }

  /** Runs a step as it is planned. */
  void run(StepTasks tasks, List<Recomputation.Run> runs) {
    synchronized (placed) {
      new StepRun(tasks, runs).run();
      placed.stepHasRun = true;
    }
  }

  /** Whether a step has run. */
  boolean hasRun() {
    synchronized (placed) {
      return placed.stepHasRun;
    }
  }

  /** One run of a step: an array is freed after the last of the operations that read it. */
  private final class StepRun {
    private final StepTasks tasks;
    private final List<Recomputation.Run> runs;
    private final int[] roots;
    private final int[] lastUse;
    private final Chunk[] values;

    StepRun(StepTasks tasks, List<Recomputation.Run> runs) {
      this.tasks = tasks;
      this.runs = runs;
      roots = new int[runs.size()];
      lastUse = new int[runs.size()];
      Arrays.fill(lastUse, NEVER);
      values = new Chunk[runs.size()];
      for (int i = 0; i < runs.size(); i++) {
        List<Integer> inputs = runs.get(i).inputs();
        roots[i] = task(i).isView() ? roots[inputs.get(0)] : i;
        for (int input : inputs) {
          lastUse[roots[input]] = i;
        }
      }
    }

    private Task task(int run) {
      return tasks.tasks().get(runs.get(run).task());
    }

    void run() {
      for (int i = 0; i < runs.size(); i++) {
        if (isFed(i)) {
          compute(i);
        }
      }
      for (int i = 0; i < runs.size(); i++) {
        switch (tasks.node(runs.get(i).task()).getOp()) {
          case "Placeholder" -> {}
          case "AssignVariableOp" -> assign(i);
          case "DestroyResourceOp" -> destroy(variable(i));
          default -> compute(i);
        }
        for (int input : runs.get(i).inputs()) {
          freeAfter(i, roots[input]);
        }
        freeAfter(i, i);
      }
      for (int i = 0; i < runs.size(); i++) {
        free(i);
      }
    }

    private boolean isFed(int run) {
      return tasks.node(runs.get(run).task()).getOp().equals("Placeholder");
    }

    private void compute(int run) {
      Task task = task(run);
      if (task.bytes() > 0) {
        values[run] = placed.allocator.allocate(task.bytes());
      }
      if (task.scratch() > 0) {
        placed.allocator.free(placed.allocator.allocate(task.scratch()));
      }
    }

    /** A variable takes over the array that it is assigned; its last one is freed. */
    private void assign(int run) {
      int value = roots[runs.get(run).inputs().get(1)];
      Chunk chunk = values[value];
      if (chunk != null) {
        values[value] = null;
        destroy(variable(run));
        variables.put(variable(run), chunk);
      }
    }

    /** The name of the resource that a run changes. */
    private String variable(int run) {
      return tasks
          .node(runs.get(runs.get(run).inputs().get(0)).task())
          .getAttrOrThrow("shared_name")
          .getS()
          .toStringUtf8();
    }

    private void freeAfter(int run, int root) {
      if (lastUse[root] <= run && task(root).kind() == Task.Kind.VALUE) {
        free(root);
      }
    }

    private void free(int run) {
      if (values[run] != null) {
        placed.allocator.free(values[run]);
        values[run] = null;
      }
    }
  }
}
