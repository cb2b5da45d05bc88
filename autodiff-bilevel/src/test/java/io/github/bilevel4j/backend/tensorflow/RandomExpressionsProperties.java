package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Compositions of primitives agree with the reference semantics: broadcasts that are left to their
 * consumers, masks that stay boolean and products with steps are lowered differently from context
 * to context.
 */
class RandomExpressionsProperties {
  private static final Shape[] SHAPES = {
    Shape.scalar(), Shape.of(3), Shape.of(2, 1), Shape.of(2, 3), Shape.of(4, 1, 3)
  };
  private static final Shape FULL = Shape.of(4, 2, 3);

  private static Engine engine;

  @BeforeContainer
  static void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterContainer
  static void close() {
    engine.close();
  }

  @Property(seed = "20", tries = 15)
  void agreeWithTheReference(@ForAll long seed) {
    List<Expr> expressions = expressions(seed);
    Step step = Step.named("random");
    for (int i = 0; i < expressions.size(); i++) {
      step = step.output("e" + i, expressions.get(i));
    }
    Results results = engine.compile(step).run();
    for (int i = 0; i < expressions.size(); i++) {
      requireClose(results.get("e" + i), Interpreter.atStart().evaluate(expressions.get(i)));
    }
  }

  private static void requireClose(Array actual, Array expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.at(i))
          .isCloseTo(expected.at(i), within(1e-9 * (1 + Math.abs(expected.at(i)))));
    }
  }

  /** Each new expression is built from earlier ones; all values stay moderate. */
  private static List<Expr> expressions(long seed) {
    Random random = new Random(seed);
    Draws draws = Draws.seed(seed);
    List<Expr> pool = new ArrayList<>();
    for (Shape shape : SHAPES) {
      pool.add(Expr.variable("v" + shape, draws.normal(shape.toArray())));
      pool.add(Expr.constant(draws.normal(shape.toArray())));
    }
    pool.add(Expr.variable("full", draws.normal(FULL.toArray())));
    int leaves = pool.size();
    for (int i = 0; i < 40; i++) {
      Expr one = pool.get(random.nextInt(pool.size()));
      Expr two = pool.get(random.nextInt(pool.size()));
      pool.add(combined(random, one, two));
    }
    return pool.subList(leaves, pool.size());
  }

  private static Expr combined(Random random, Expr one, Expr two) {
    Expr left = one.shape().rank() <= FULL.rank() ? one : one.sum();
    return switch (random.nextInt(16)) {
      case 0 -> left.plus(two);
      case 1 -> left.times(two).tanh();
      case 2 -> left.heaviside().times(two);
      case 3 -> two.times(left.heaviside());
      case 4 -> left.greaterThan(two);
      case 5 -> left.atLeast(two).where(left, two);
      case 6 -> left.where(two, Expr.constant(0));
      case 7 -> left.broadcastTo(FULL);
      case 8 -> left.broadcastTo(FULL).reshape(8, 3).reshape(FULL);
      case 9 -> left.broadcastTo(FULL).permuted(2, 0, 1).permuted(1, 2, 0);
      case 10 -> left.broadcastTo(FULL).sum(random.nextInt(3)).sum().times(0.1);
      case 11 ->
          left.sigmoid()
              .broadcastTo(FULL)
              .matmulTransposed(two.sin().broadcastTo(FULL))
              .sum(2)
              .unsqueezed(2);
      case 12 ->
          left.broadcastTo(Shape.of(4, 3, 2).withDim(1, 2).withDim(2, 3)).slice(1, 1, 2).cos();
      case 13 ->
          Expr.concat(1, left.broadcastTo(FULL).slice(1, 0, 1), two.broadcastTo(FULL))
              .slice(1, 1, 3);
      case 14 -> left.relu().sum().gradient(left).plus(two.detached());
      default -> left.abs().minus(two).named("difference");
    };
  }
}
