package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A queue holds the keys enqueued last. */
class QueueProperties {
  private static final int WIDTH = 3;

  /**
   * Whatever the batch and the number of steps, the rows are the last K of all that were ever put
   * there, the start included, the oldest at the pointer.
   */
  @Property(seed = "120", tries = 20)
  void holdsTheLastKeys(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int batch,
      @ForAll @IntRange(min = 1, max = 4) int batches,
      @ForAll @IntRange(max = 9) int steps) {
    Draws draws = Draws.seed(seed);
    Queue queue = Queue.named("queue", batch * batches, WIDTH, seed);
    Expr keys = Expr.input("keys", batch, WIDTH);
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      List<List<Double>> history = new ArrayList<>(rows(engine.read(queue.contents())));
      Program program = engine.compile(Step.named("enqueue").updating(queue.enqueuing(keys)));
      for (int step = 0; step < steps; step++) {
        Array drawn = draws.normal(batch, WIDTH);
        history.addAll(rows(drawn));
        program.run(Feed.of(keys, drawn));
      }
      int oldest = (int) engine.read(queue.pointer()).scalarValue();
      List<List<Double>> held = new ArrayList<>(rows(engine.read(queue.contents())));
      Collections.rotate(held, -oldest);
      assertThat(held).isEqualTo(history.subList(history.size() - batch * batches, history.size()));
    }
  }

  private static List<List<Double>> rows(Array matrix) {
    return IntStream.range(0, matrix.shape().dim(0))
        .mapToObj(row -> DoubleStream.of(Rows.row(matrix, row)).boxed().toList())
        .toList();
  }
}
