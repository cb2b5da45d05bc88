package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/**
 * A way to run the tasks of a step, some of them several times, that holds no more than a given
 * memory at any time: dynamic tensor rematerialization (Kirisame et al. 2021) of a step whose order
 * is known beforehand. Where a result would not fit, the one is freed that has the least
 *
 * <pre>
 * (seconds to compute it again, with all that is freed by then and needed for it)
 *   / (bytes * seconds until it is needed)
 * </pre>
 *
 * and it is computed again when it is needed. What that takes is held from then on as if the task
 * needed it itself, or gives way in its turn: of a chain whose links are not needed any more some
 * stay, from which results along it are computed again.
 */
final class Recomputation {

  /**
   * A run of a task.
   *
   * @param copy how often it ran before
   * @param inputs the runs whose results it reads, one for each of the task's inputs
   * @param after other runs that it waits for
   */
  record Run(int task, int copy, ImmutableList<Integer> inputs, ImmutableList<Integer> after) {}

  /**
   * What a step comes to.
   *
   * @param peak the most bytes at any time
   * @param work its seconds, relative to those of each task once
   */
  record Plan(ImmutableList<Run> runs, long peak, double work) {}

  /** Where a step takes longer than so many of itself, it is taken as not possible. */
  private static final double MOST_WORK = 3;

  private static final int TRIES = 10;

  /** Results of so few bytes are all kept. */
  private static final int TINY = 1 << 13;

  private static final int NONE = -1;

  private final TaskGraph graph;
  private final int[] order;
  private final long budget;
  private final int[][] uses;
  private final int[] nextUse;
  private final double[] time;
  private final double total;

  private final List<Run> runs = new ArrayList<>();
  private final int[] copies;
  private final int[] latest;
  private final int[] current;
  private final int[] locks;
  private final List<Integer> resident = new ArrayList<>();
  private final int[] visits;
  private final int[] stack;
  private final double[] lastSeconds;
  private final List<PriorityQueue<Integer>> recalls = new ArrayList<>();
  private final int[] lastRecall;
  private int visit;
  private int place;
  private int lastLarge = NONE;
  private long used;
  private long peak;
  private double work;
  private boolean impossible;

  private Recomputation(TaskGraph graph, int[] order, long budget) {
    this.graph = graph;
    this.order = order;
    this.budget = budget;
    copies = new int[graph.size()];
    latest = new int[graph.size()];
    Arrays.fill(latest, NONE);
    current = new int[graph.size()];
    Arrays.fill(current, NONE);
    visits = new int[graph.size()];
    stack = new int[graph.size()];
    lastSeconds = new double[graph.size()];
    lastRecall = new int[graph.size()];
    Arrays.fill(lastRecall, NONE);
    locks = new int[graph.size()];
    nextUse = new int[graph.size()];
    time = new double[order.length + 1];
    List<List<Integer>> places = new ArrayList<>();
    for (int i = 0; i < graph.size(); i++) {
      places.add(new ArrayList<>());
      recalls.add(new PriorityQueue<>(1));
    }
    for (int i = 0; i < order.length; i++) {
      time[i + 1] = time[i];
      if (!graph.task(order[i]).isView()) {
        time[i + 1] += graph.task(order[i]).seconds();
        for (int root : graph.read(order[i])) {
          places.get(root).add(i);
        }
      }
    }
    total = time[order.length];
    uses =
        places.stream().map(each -> each.stream().mapToInt(i -> i).toArray()).toArray(int[][]::new);
  }

  /**
   * The plan for tasks in an order; empty if the memory is too small for any that is known. What is
   * best at each place may end badly, where less memory had led to another choice: so the same is
   * tried with less, too.
   */
  static Optional<Plan> within(TaskGraph graph, int[] order, long budget) {
    return IntStream.range(0, TRIES)
        .mapToObj(i -> new Recomputation(graph, order, budget - budget / 100 * 2 * i).plan())
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** The plan if there is memory for everything. */
  static Plan unlimited(TaskGraph graph, int[] order) {
    return new Recomputation(graph, order, Long.MAX_VALUE).plan().orElseThrow();
  }

  /** The plan with the least memory, found to one part in a hundred. */
  static Plan least(TaskGraph graph, int[] order) {
    Plan best = unlimited(graph, order);
    long low = 0;
    while (best.peak() - low > Math.max(1, best.peak() / 100)) {
      long middle = low + (best.peak() - low) / 2;
      Optional<Plan> plan = within(graph, order, middle);
      if (plan.isPresent()) {
        best = plan.get();
      } else {
        low = middle;
      }
    }
    return best;
  }

  private Optional<Plan> plan() {
    for (place = 0; place < order.length && !impossible; place++) {
      int task = order[place];
      if (!graph.task(task).isView()) {
        run(task);
        if (!isNeeded(task)) {
          free(task);
        }
        // What was held for a result that has been computed again by another way.
        resident.stream().filter(held -> !isNeeded(held)).toList().forEach(this::free);
      }
    }
    return impossible
        ? Optional.empty()
        : Optional.of(new Plan(ImmutableList.copyOf(runs), peak, total > 0 ? work / total : 1));
  }

  /** Runs a task, before it those whose results it needs and that were freed. */
  private void run(int task) {
    Deque<Integer> begun = new ArrayDeque<>();
    begin(task, begun);
    while (!begun.isEmpty() && !impossible) {
      int last = begun.peek();
      int missing = missing(last);
      if (missing == NONE) {
        begun.pop();
        compute(last);
      } else {
        begin(missing, begun);
      }
    }
  }

  private void begin(int task, Deque<Integer> begun) {
    begun.push(task);
    for (int root : graph.read(task)) {
      locks[root]++;
    }
  }

  /** A result that a task needs and that is not there. */
  private int missing(int task) {
    for (int root : graph.read(task)) {
      if (current[root] == NONE) {
        return root;
      }
    }
    return NONE;
  }

  private void compute(int task) {
    Task what = graph.task(task);
    makeRoom(what.bytes() + what.scratch());
    used += what.bytes();
    peak = Math.max(peak, used + what.scratch());
    work += what.seconds();
    impossible |= work > MOST_WORK * total + 1e-9;
    add(task);
    if (what.kind() == Task.Kind.VALUE && what.bytes() >= TaskGraph.SMALL) {
      resident.add(task);
      lastSeconds[task] = 0;
    }
    for (int root : graph.read(task)) {
      locks[root]--;
      if (locks[root] == 0 && !isNeeded(root)) {
        free(root);
      }
    }
  }

  private void add(int task) {
    Task what = graph.task(task);
    ImmutableList.Builder<Integer> inputs = ImmutableList.builder();
    what.inputs().forEach(input -> inputs.add(result(input)));
    ImmutableList.Builder<Integer> after = ImmutableList.builder();
    what.after().forEach(other -> after.add(latest[graph.root(other)]));
    boolean repeated = latest[task] != NONE;
    boolean ordered =
        what.kind() != Task.Kind.CONDITIONAL
            && !what.inputs().isEmpty()
            && (repeated || graph.isLarge(task));
    if (ordered && lastLarge != NONE) {
      after.add(lastLarge);
    }
    current[task] = emit(task, inputs.build(), after.build());
    if (ordered) {
      lastLarge = current[task];
    }
  }

  private int emit(int task, ImmutableList<Integer> inputs, ImmutableList<Integer> after) {
    latest[task] = runs.size();
    runs.add(new Run(task, copies[task]++, inputs, after));
    return latest[task];
  }

  /** The run that gives the result of a task whose memory is there; views are made as needed. */
  private int result(int task) {
    Task what = graph.task(task);
    if (!what.isView()) {
      return current[task];
    }
    int viewed = result(what.inputs().get(0));
    int known = latest[task];
    if (known != NONE && runs.get(known).inputs().get(0) == viewed) {
      return known;
    }
    ImmutableList.Builder<Integer> inputs = ImmutableList.builder();
    inputs.add(viewed);
    what.inputs().stream().skip(1).forEach(input -> inputs.add(result(input)));
    return emit(task, inputs.build(), ImmutableList.of());
  }

  private void makeRoom(long bytes) {
    while (used + bytes > budget && !impossible) {
      int victim = cheapest();
      impossible = victim == NONE;
      if (!impossible) {
        recall(victim);
        free(victim);
      }
    }
  }

  /**
   * The result that is to be freed. What it takes to compute one again mostly grows, as others are
   * freed and come to their last use: so what it was when it was looked at last is taken for a
   * lower bound, and only results that may be the cheapest by it are looked at again.
   */
  private int cheapest() {
    while (true) {
      int best = NONE;
      double least = Double.POSITIVE_INFINITY;
      double second = Double.POSITIVE_INFINITY;
      for (int task : resident) {
        double loss = locks[task] == 0 ? lastSeconds[task] / gain(task) : Double.POSITIVE_INFINITY;
        if (loss < least) {
          second = least;
          least = loss;
          best = task;
        } else {
          second = Math.min(second, loss);
        }
      }
      if (best == NONE) {
        return NONE;
      }
      lastSeconds[best] = secondsAgain(best);
      if (lastSeconds[best] / gain(best) <= second) {
        return best;
      }
    }
  }

  /** Has what is needed to compute a result again, at its next use, held until then. */
  private void recall(int task) {
    int when = next(task);
    visit++;
    visits[task] = visit;
    stack[0] = task;
    for (int count = 1; count > 0; ) {
      count--;
      for (int root : graph.read(stack[count])) {
        if (visits[root] != visit && !isKept(root)) {
          visits[root] = visit;
          recalls.get(root).add(when);
          lastRecall[root] = Math.max(lastRecall[root], when);
          if (current[root] == NONE) {
            stack[count] = root;
            count++;
          }
        }
      }
    }
  }

  /** The bytes that freeing a result gives, times how long. */
  private double gain(int task) {
    return graph.task(task).bytes() * (time[next(task)] - time[place] + 1e-12);
  }

  /**
   * The seconds to compute a result again at its next use, with all that is freed by then and
   * needed for it.
   */
  private double secondsAgain(int task) {
    int when = next(task);
    double seconds = 0;
    visit++;
    visits[task] = visit;
    stack[0] = task;
    for (int count = 1; count > 0; ) {
      count--;
      int missing = stack[count];
      seconds += graph.task(missing).seconds();
      for (int root : graph.read(missing)) {
        if (visits[root] != visit && !isThere(root, when)) {
          visits[root] = visit;
          stack[count] = root;
          count++;
        }
      }
    }
    return seconds;
  }

  /** Whether a result that is held now will still be held then, unless it is freed for others. */
  private boolean isThere(int root, int when) {
    int last = uses[root].length - 1;
    return current[root] != NONE
        && (isKept(root) || lastRecall[root] >= when || (last >= 0 && uses[root][last] >= when));
  }

  /**
   * The place of the next use of a result, be it that something else is to be computed again from
   * it; the end, if there is none.
   */
  private int next(int root) {
    while (nextUse[root] < uses[root].length && uses[root][nextUse[root]] <= place) {
      nextUse[root]++;
    }
    PriorityQueue<Integer> recalled = recalls.get(root);
    while (!recalled.isEmpty() && recalled.peek() <= place) {
      recalled.poll();
    }
    int use = nextUse[root] < uses[root].length ? uses[root][nextUse[root]] : order.length;
    return recalled.isEmpty() ? use : Math.min(use, recalled.peek());
  }

  private boolean isNeeded(int root) {
    return isKept(root) || next(root) < order.length;
  }

  private boolean isKept(int root) {
    Task task = graph.task(root);
    return task.kind() != Task.Kind.VALUE || task.bytes() < TINY;
  }

  private void free(int root) {
    current[root] = NONE;
    used -= graph.task(root).bytes();
    resident.remove((Integer) root);
  }
}
