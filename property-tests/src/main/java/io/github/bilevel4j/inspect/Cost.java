package io.github.bilevel4j.inspect;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.LossFunction;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What value and gradients cost in float32 at embeddings {@code [256, 128]}.
 *
 * @param nodes the number of expressions
 * @param operations multiplications of matrix products, and one operation for each element of
 *     everything else
 * @param mebibytes the size of all values on the way together: the device needs no more
 * @param milliseconds the median time of a run on the processor
 */
public record Cost(int nodes, double operations, double mebibytes, double milliseconds) {
  private static final Shape SHAPE = Shape.of(256, 128);
  private static final int WARM_UP = 5;
  private static final int RUNS = 15;

  static Cost of(LossFunction loss) {
    List<Expr> views = Inspector.inputs(loss, SHAPE);
    Expr value = loss.of(views);
    Step step = Step.named("cost").output("value", value);
    Feed feed = Feed.none();
    Draws draws = Draws.seed(1);
    for (Expr view : views) {
      step = step.output("gradient by " + view.label(), value.gradient(view));
      feed = feed.and(view, draws.normal(SHAPE));
    }
    try (Engine engine = Evaluation.open(Precision.FLOAT32)) {
      return counted(step, milliseconds(engine.compile(step), feed));
    }
  }

  private static Cost counted(Step step, double milliseconds) {
    int nodes = 0;
    double operations = 0;
    double elements = 0;
    for (Expr node : Expr.nodesOf(expanded(step))) {
      if (!(node.op() instanceof Leaf)) {
        nodes++;
        elements += node.shape().size();
        operations +=
            node.shape().size()
                * (node.op() instanceof MatMul product
                    ? node.input(0).shape().dim(product.transposeLeft() ? -2 : -1)
                    : 1.0);
      }
    }
    return new Cost(nodes, operations, 4 * elements / (1 << 20), milliseconds);
  }

  private static List<Expr> expanded(Step step) {
    return Derivatives.values(ImmutableList.copyOf(step.expressions()));
  }

  private static double milliseconds(Program program, Feed feed) {
    for (int i = 0; i < WARM_UP; i++) {
      program.run(feed);
    }
    double[] times = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      long start = System.nanoTime();
      program.run(feed);
      times[i] = (System.nanoTime() - start) * 1e-6;
    }
    Arrays.sort(times);
    return times[RUNS / 2];
  }

  /** For instance {@code 41 expressions, 2.5e+07 operations, at most 1.8 MiB, 1.3 ms}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d expressions, %.1e operations, at most %.1f MiB, %.2f ms",
        nodes,
        operations,
        mebibytes,
        milliseconds);
  }
}
