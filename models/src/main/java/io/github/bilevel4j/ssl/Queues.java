package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.state.Queue;
import java.util.List;

/** A queue of unit embeddings for each of the first views; or none at all. */
public record Queues(ImmutableList<Queue> each) {

  /** What they hold before this step. */
  public ImmutableList<Expr> contents() {
    return each.stream().map(Queue::contents).collect(ImmutableList.toImmutableList());
  }

  /** Their state. */
  public Variables variables() {
    return each.stream().map(Queue::variables).reduce(Variables.none(), Variables::and);
  }

  /** The updates that put the embeddings of each view, made unit, into its queue. */
  public ImmutableList<Update> enqueuing(List<Expr> z) {
    return Streams.zip(each.stream(), z.stream(), (queue, rows) -> queue.enqueuing(unit(rows)))
        .flatMap(List::stream)
        .collect(ImmutableList.toImmutableList());
  }

  private static Expr unit(Expr rows) {
    return rows.normalized(-1);
  }
}
