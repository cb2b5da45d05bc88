package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Plans for tasks that were made up, replayed. */
final class RecomputationTest {
  private static final long MEGABYTE = 1 << 20;

  /** A chain there and back: each task on the way back reads one of the way there. */
  private static TaskGraph chain(int length) {
    List<Task> tasks = new ArrayList<>();
    tasks.add(task(Task.Kind.KEPT, 0));
    for (int i = 1; i <= length; i++) {
      tasks.add(task(Task.Kind.VALUE, MEGABYTE, i - 1));
    }
    for (int i = length; i >= 1; i--) {
      tasks.add(task(Task.Kind.VALUE, MEGABYTE, tasks.size() - 1, i));
    }
    tasks.add(task(Task.Kind.KEPT, 0, tasks.size() - 1));
    return new TaskGraph(tasks);
  }

  private static Task task(Task.Kind kind, long bytes, int... inputs) {
    return new Task(
        kind, ImmutableIntArray.copyOf(inputs), ImmutableIntArray.of(), bytes, 0, bytes / 1e9);
  }

  @Test
  void aChainThereAndBackIsComputedAgainInParts() {
    TaskGraph graph = chain(64);
    int[] order = Schedule.of(graph);
    assertThat(Recomputation.unlimited(graph, order).peak()).isEqualTo(65 * MEGABYTE);
    Recomputation.Plan plan = Recomputation.within(graph, order, 24 * MEGABYTE).orElseThrow();
    assertThat(plan.peak()).isLessThanOrEqualTo(24 * MEGABYTE);
    assertThat(plan.work()).isBetween(1.1, 1.6);
    assertSound(graph, plan);
    assertThat(Recomputation.least(graph, order).peak()).isLessThan(20 * MEGABYTE);
  }

  /**
   * Gradients of the links of a long chain, which is gone when they are needed, and as many values
   * that can be had at any time but take twice as long as a gradient alone: these are freed.
   */
  @Test
  void whatNeedsAChainThatWillBeGoneIsKept() {
    int length = 40;
    List<Task> tasks = new ArrayList<>();
    tasks.add(task(Task.Kind.KEPT, 0));
    for (int i = 0; i < length; i++) {
      tasks.add(timed(2, 0));
    }
    int link = 0;
    for (int i = 0; i < length; i++) {
      tasks.add(timed(1, link));
      link = tasks.size() - 1;
      tasks.add(timed(1, link));
    }
    int sum = 0;
    for (int i = 0; i < length; i++) {
      tasks.add(timed(0.1, sum, length + 2 + 2 * i));
      sum = tasks.size() - 1;
    }
    for (int i = 0; i < length; i++) {
      tasks.add(timed(0.1, sum, 1 + i));
      sum = tasks.size() - 1;
    }
    TaskGraph graph = new TaskGraph(tasks);
    int[] order = IntStream.range(0, graph.size()).toArray();
    long all = Recomputation.unlimited(graph, order).peak();
    Recomputation.Plan plan =
        Recomputation.within(graph, order, all - length / 2 * MEGABYTE).orElseThrow();
    assertThat(plan.work()).isLessThan(1.5);
    assertSound(graph, plan);
  }

  private static Task timed(double seconds, int... inputs) {
    return new Task(
        Task.Kind.VALUE,
        ImmutableIntArray.copyOf(inputs),
        ImmutableIntArray.of(),
        MEGABYTE,
        0,
        seconds);
  }

  @Test
  void whatNoneCanBeWithoutDoesNotFit() {
    TaskGraph graph = chain(8);
    assertThat(Recomputation.within(graph, Schedule.of(graph), 2 * MEGABYTE)).isEmpty();
  }

  @Test
  void plansOfAnyTasksAreSound() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      TaskGraph graph = random(random, 5 + random.nextInt(60));
      int[] order = Schedule.of(graph);
      assertThat(IntStream.of(order).sorted())
          .containsExactlyElementsOf(IntStream.range(0, graph.size()).boxed().toList());
      Recomputation.Plan unlimited = Recomputation.unlimited(graph, order);
      assertSound(graph, unlimited);
      assertThat(unlimited.work()).isCloseTo(1, within(1e-9));
      Recomputation.Plan least = Recomputation.least(graph, order);
      assertSound(graph, least);
      long between = (least.peak() + unlimited.peak()) / 2;
      Optional<Recomputation.Plan> plan = Recomputation.within(graph, order, between);
      plan.ifPresent(
          found -> {
            assertThat(found.peak()).isLessThanOrEqualTo(between);
            assertSound(graph, found);
          });
    }
  }

  private static TaskGraph random(Random random, int size) {
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int position = i;
      int[] inputs =
          random
              .ints(Math.min(i, random.nextInt(4)), 0, Math.max(1, i))
              .map(far -> random.nextInt(3) == 0 ? far : Math.max(0, position - 1 - far % 4))
              .toArray();
      Task.Kind kind =
          switch (random.nextInt(8)) {
            case 0 -> inputs.length > 0 ? Task.Kind.VIEW : Task.Kind.KEPT;
            case 1 -> Task.Kind.KEPT;
            default -> Task.Kind.VALUE;
          };
      long bytes = kind == Task.Kind.VALUE ? MEGABYTE / 64 * random.nextInt(256) : 0;
      int[] after = i > 2 && random.nextInt(6) == 0 ? new int[] {random.nextInt(i)} : new int[0];
      tasks.add(
          new Task(
              kind,
              kind == Task.Kind.VIEW
                  ? ImmutableIntArray.of(inputs[0])
                  : ImmutableIntArray.copyOf(inputs),
              kind == Task.Kind.VIEW ? ImmutableIntArray.of() : ImmutableIntArray.copyOf(after),
              bytes,
              0,
              random.nextDouble()));
    }
    return new TaskGraph(tasks);
  }

  /**
   * All runs read runs of the right tasks that came before, all tasks with results of their own
   * run, large ones one after another, and what is live between a run and its last reader is never
   * more than the plan says.
   */
  private static void assertSound(TaskGraph graph, Recomputation.Plan plan) {
    List<Recomputation.Run> runs = plan.runs();
    Map<Integer, Integer> lastUse = new HashMap<>();
    int[] memory = new int[runs.size()];
    Set<Integer> ran = new HashSet<>();
    int lastLarge = -1;
    for (int i = 0; i < runs.size(); i++) {
      Recomputation.Run run = runs.get(i);
      Task task = graph.task(run.task());
      assertThat(run.inputs()).hasSize(task.inputs().length());
      memory[i] = task.isView() ? memory[run.inputs().get(0)] : i;
      for (int k = 0; k < run.inputs().size(); k++) {
        int read = run.inputs().get(k);
        assertThat(read).isLessThan(i);
        assertThat(runs.get(read).task()).isEqualTo(task.inputs().get(k));
        lastUse.put(memory[read], i);
      }
      for (int other : task.after().toArray()) {
        assertThat(run.after().stream().map(each -> runs.get(each).task()))
            .contains(graph.root(other));
      }
      assertThat(run.after()).allMatch(other -> other < runs.indexOf(run));
      boolean again = !ran.add(run.task());
      assertThat(again).isEqualTo(run.copy() > 0);
      if (!task.isView() && !task.inputs().isEmpty() && (again || graph.isLarge(run.task()))) {
        if (lastLarge >= 0) {
          assertThat(run.after()).contains(lastLarge);
        }
        lastLarge = i;
      }
    }
    for (int task = 0; task < graph.size(); task++) {
      assertThat(ran.contains(task) || graph.task(task).isView()).isTrue();
    }
    long live = 0;
    for (int i = 0; i < runs.size(); i++) {
      live += graph.task(runs.get(i).task()).bytes();
      assertThat(live).isLessThanOrEqualTo(plan.peak());
      for (int j = 0; j <= i; j++) {
        boolean isValue = graph.task(runs.get(j).task()).kind() == Task.Kind.VALUE;
        if (isValue && Math.max(j, lastUse.getOrDefault(j, j)) == i) {
          live -= graph.task(runs.get(j).task()).bytes();
        }
      }
    }
  }
}
