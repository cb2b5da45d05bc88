package io.github.bilevel4j.backend.tensorflow;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.List;

/**
 * An order of tasks that needs little memory. Of those that can run, first those that free at least
 * what they take; else the one whose input is the newest, so that one branch ends before the next
 * begins; of these, and of those that have no input, the one from which the way to the end is the
 * longest.
 */
final class Schedule {
  private final TaskGraph graph;
  private final List<List<Integer>> consumers = new ArrayList<>();
  private final int[] waiting;
  private final int[] usesLeft;
  private final int[] newest;
  private final int[] height;
  private final List<Integer> ready = new ArrayList<>();

  private Schedule(TaskGraph graph) {
    this.graph = graph;
    waiting = new int[graph.size()];
    usesLeft = new int[graph.size()];
    newest = new int[graph.size()];
    height = new int[graph.size()];
    for (int i = 0; i < graph.size(); i++) {
      consumers.add(new ArrayList<>());
    }
    for (int i = 0; i < graph.size(); i++) {
      for (int root : graph.read(i)) {
        usesLeft[root]++;
      }
      int[] before = before(graph.task(i));
      for (int earlier : before) {
        consumers.get(earlier).add(i);
      }
      waiting[i] = before.length;
    }
    for (int i = graph.size() - 1; i >= 0; i--) {
      for (int earlier : before(graph.task(i))) {
        height[earlier] = Math.max(height[earlier], height[i] + 1);
      }
    }
  }

  private static int[] before(Task task) {
    return ImmutableIntArray.builder().addAll(task.inputs()).addAll(task.after()).build().stream()
        .distinct()
        .toArray();
  }

  /** All tasks in order. */
  static int[] of(TaskGraph graph) {
    return new Schedule(graph).order();
  }

  private int[] order() {
    for (int i = 0; i < graph.size(); i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    int[] order = new int[graph.size()];
    for (int place = 0; place < order.length; place++) {
      int next = take();
      order[place] = next;
      for (int root : graph.read(next)) {
        usesLeft[root]--;
      }
      for (int consumer : consumers.get(next)) {
        newest[consumer] = place + 1;
        waiting[consumer]--;
        if (waiting[consumer] == 0) {
          ready.add(consumer);
        }
      }
    }
    return order;
  }

  private int take() {
    int best = 0;
    long least = taken(ready.get(0));
    for (int i = 1; i < ready.size() && least > Long.MIN_VALUE; i++) {
      long taken = taken(ready.get(i));
      if (taken < least || (taken == least && isAhead(ready.get(i), ready.get(best)))) {
        best = i;
        least = taken;
      }
    }
    int last = ready.size() - 1;
    int chosen = ready.get(best);
    ready.set(best, ready.get(last));
    ready.remove(last);
    return chosen;
  }

  private boolean isAhead(int task, int other) {
    return newest[task] > newest[other]
        || (newest[task] == newest[other] && height[task] > height[other]);
  }

  /** What the memory grows by, a little being nothing and growth being 1 whatever it is. */
  private long taken(int task) {
    long bytes = graph.task(task).bytes();
    long taken = bytes < TaskGraph.SMALL ? 0 : bytes;
    for (int root : graph.read(task)) {
      long held = graph.task(root).bytes();
      if (usesLeft[root] == 1
          && graph.task(root).kind() == Task.Kind.VALUE
          && held >= TaskGraph.SMALL) {
        taken -= held;
      }
    }
    return Math.min(taken, 1);
  }
}
