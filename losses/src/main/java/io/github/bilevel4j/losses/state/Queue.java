package io.github.bilevel4j.losses.state;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.stream.IntStream;

/**
 * A first-in, first-out queue of embeddings: the K that were enqueued last, {@code [K, d]}. A batch
 * of n rows overwrites the oldest n, beginning at a pointer, which moves on to {@code (pointer + n)
 * mod K}; K must be a multiple of n.
 *
 * <p>All updates of a step happen at once, from the values before it: a loss of {@link #contents()}
 * sees the queue before this step's batch joins it. Before it has been filled, the queue holds
 * random directions.
 *
 * <pre>{@code
 * Queue queue = Queue.named("queue", 4096, 128, seed);
 * Expr loss = InfoNce.temperature(0.2).of(q, k, queue.contents());
 * problem.updating(queue.enqueuing(k.normalized(-1)));
 * }</pre>
 *
 * <p>Source: He, Fan, Wu, Xie, Girshick, "Momentum contrast for unsupervised visual representation
 * learning", 2020.
 */
public final class Queue {
  private final String name;
  private final Expr contents;
  private final Expr pointer;

  private Queue(String name, Expr contents, Expr pointer) {
    this.name = name;
    this.contents = contents;
    this.pointer = pointer;
  }

  /**
   * A new queue of so many rows of a width, the first ones drawn from the unit sphere by a seed.
   *
   * @param name what its variables' names begin with
   * @throws IllegalArgumentException if it has no rows or no columns
   */
  public static Queue named(String name, int rows, int width, long seed) {
    String operation = "queue \"" + name + "\"";
    Require.in(operation).atLeast(1, "number of rows", rows);
    Require.in(operation).atLeast(1, "width", width);
    return new Queue(
        name,
        Expr.variable(name + "/rows", Shape.of(rows, width), directions(seed)),
        Expr.variable(name + "/pointer", Array.scalar(0)));
  }

  /** The rows before this step's are enqueued, {@code [K, d]}, in no particular order. */
  public Expr contents() {
    return contents;
  }

  /** The position of the oldest row, a scalar. */
  public Expr pointer() {
    return pointer;
  }

  /** Its state. */
  public Variables variables() {
    return Variables.of(contents, pointer);
  }

  /**
   * The updates that put a batch of keys {@code [n, d]} in place of the oldest rows. Losses
   * normalize the rows of a queue; keys may be enqueued with any length.
   *
   * @throws IllegalArgumentException if they are not a matrix of the queue's width, or their number
   *     does not divide that of the rows
   */
  public ImmutableList<Update> enqueuing(Expr keys) {
    Operands operands = Operands.of("queue \"" + name + "\"").and("keys", keys);
    operands.and("queue", contents).requireOneWidth();
    int rows = contents.shape().dim(0);
    int count = keys.shape().dim(0);
    if (count == 0 || rows % count != 0) {
      throw indivisible(operands, rows, count);
    }
    Expr sinceOldest = remainder(Expr.range(rows).minus(pointer).plus(rows), rows);
    Expr written = keys.detached().gather(sinceOldest.minimum(count - 1));
    return ImmutableList.of(
        new Update(contents, sinceOldest.lessThan(count).unsqueezed(-1).where(written, contents)),
        new Update(pointer, remainder(pointer.plus(count), rows)));
  }

  /** {@code x mod size} for x in {@code 0 .. 2 size - 1}. */
  private static Expr remainder(Expr x, int size) {
    return x.minus(x.atLeast(size).times(size));
  }

  private static IllegalArgumentException indivisible(Operands operands, int rows, int count) {
    UsageError.Message mistake =
        operands.mistake(
            "a batch of " + count + " keys does not divide the queue of " + rows + " rows");
    if (count == 0) {
      return mistake.maybe("the batch should hold an image or more.");
    }
    return mistake.maybe(
        "a queue of %d rows or a batch of %d was meant.",
        count * Math.max(1, Math.round((double) rows / count)), largestDivisor(rows, count));
  }

  /** The largest divisor of a number that is not above a bound. */
  private static int largestDivisor(int number, int bound) {
    int divisor = Math.min(number, bound);
    while (number % divisor != 0) {
      divisor--;
    }
    return divisor;
  }

  private static Initializer directions(long seed) {
    return shape -> {
      Array draws = Initializer.normal(1, seed).values(shape);
      int width = shape.dim(1);
      double[] norms = IntStream.range(0, shape.dim(0)).mapToDouble(k -> norm(draws, k)).toArray();
      return Array.fill(shape, i -> draws.at(i) / norms[i / width]);
    };
  }

  private static double norm(Array matrix, int row) {
    double squares = 0;
    for (int column = 0; column < matrix.shape().dim(1); column++) {
      squares += Math.pow(matrix.get(row, column), 2);
    }
    return Math.sqrt(squares);
  }
}
