package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;

/** Tasks with whose memory each reads. */
final class TaskGraph {
  /** Bytes that are not worth a thought. */
  static final long SMALL = 1 << 16;

  private final ImmutableList<Task> tasks;
  private final int[] roots;
  private final List<int[]> read = new ArrayList<>();

  TaskGraph(List<Task> tasks) {
    this.tasks = ImmutableList.copyOf(tasks);
    roots = new int[tasks.size()];
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      roots[i] = task.isView() ? roots[task.inputs().get(0)] : i;
      read.add(task.inputs().stream().map(input -> roots[input]).distinct().toArray());
    }
  }

  int size() {
    return tasks.size();
  }

  Task task(int position) {
    return tasks.get(position);
  }

  /** The task whose memory holds the result of a task. */
  int root(int task) {
    return roots[task];
  }

  /** The tasks whose memory a task reads, each once. */
  int[] read(int task) {
    return read.get(task);
  }

  /** Whether a task's order among others matters: it holds or frees more than a little memory. */
  boolean isLarge(int task) {
    if (tasks.get(task).bytes() >= SMALL) {
      return true;
    }
    for (int root : read.get(task)) {
      if (tasks.get(root).bytes() >= SMALL) {
        return true;
      }
    }
    return false;
  }
}
