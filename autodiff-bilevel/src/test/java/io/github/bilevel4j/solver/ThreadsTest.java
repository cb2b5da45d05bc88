package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.step.MicroBatches;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Solvers and engines in the hands of two threads: one at a time, or an error. */
class ThreadsTest {
  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.25));
  private final Expr count = Expr.variable("count", Array.scalar(0));

  @AfterEach
  void close() {
    engine.close();
  }

  private BilevelSolver bilevel(Engine on) {
    BilevelProblem problem =
        Bilevel.problem("bowl")
            .inner(Variables.of(w))
            .minimize(Objective.of("bowl", w.minus(x).squared().sum()))
            .solvedBy(2, Sgd.rate(0.1).momentum(0.5))
            .outer(Variables.of(x))
            .minimize(Objective.of("size", w.squared().sum()))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(2)).warmStarted(true))
            .updating(List.of(new Update(count, count.plus(1))));
    return BilevelSolver.of(problem, on);
  }

  private SingleLevelSolver single(Engine on) {
    return SingleLevelSolver.of(
        new SingleLevelProblem(
                "valley",
                Variables.of(w),
                Objective.of("valley", w.squared().sum()),
                Adam.rate(0.1),
                ImmutableList.of())
            .updating(List.of(new Update(count, count.plus(1)))),
        on);
  }

  private static <T> FutureTask<T> start(String name, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    new Thread(task, name).start();
    return task;
  }

  private ImmutableMap<Expr, Array> state() {
    return engine.read(List.of(w, x, count));
  }

  /** Whatever is called while another thread is in the middle of a step. */
  @Test
  void duringAStep() throws Exception {
    BilevelSolver solver = bilevel(engine);
    SingleLevelSolver single = single(engine);
    Engine parts = MicroBatches.on(engine);
    SingleLevelSolver inParts = single(parts);
    Program program = engine.compile(Step.named("read w").output("w", w));
    ImmutableMap<Expr, Array> first = state();
    solver.step(Feed.none());
    solver.step(Feed.none());
    final ImmutableMap<Expr, Array> expected = state();
    engine.write(first);
    BilevelSolver other = bilevel(engine);
    other.step(Feed.none());

    CountDownLatch within = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    FutureTask<ImmutableMap<String, Double>> step =
        start(
            "first thread",
            () ->
                other.step(
                    Feed.none(),
                    () -> {
                      within.countDown();
                      await(over);
                      return Feed.none();
                    }));
    await(within);
    List<ThrowingCallable> calls =
        List.of(
            () -> other.step(Feed.none()),
            () -> other.steps(Feed.none(), 2),
            () -> other.hypergradient(Feed.none()),
            () -> other.diagnose(Feed.none()),
            () -> other.verify(Feed.none()),
            other::explain,
            () -> solver.step(Feed.none()),
            () -> single.step(Feed.none()),
            () -> inParts.step(Feed.none()),
            () -> bilevel(engine),
            () -> single(parts),
            () -> engine.read(w),
            () -> engine.write(w, Array.vector(7, 7)),
            () -> engine.compile(Step.named("square").output("w", w.squared())),
            program::run,
            program::close,
            engine::close);
    for (ThrowingCallable call : calls) {
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(call)
          .withMessageContaining(": another thread is using the engine.\n")
          .withMessageContaining("first thread  step of \"bowl\"");
    }
    over.countDown();
    step.get();
    assertThat(state()).isEqualTo(expected);
    assertThat(program.run().get("w")).isEqualTo(expected.get(w));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void theMessage() throws Exception {
    CountDownLatch within = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    SingleLevelSolver solver = single(engine);
    FutureTask<Object> work =
        start(
            "other",
            () ->
                engine.exclusively(
                    "work",
                    () -> {
                      within.countDown();
                      await(over);
                      return w;
                    }));
    await(within);
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> solver.step(Feed.none()))
        .withMessage(
            """
            step of "valley": another thread is using the engine.
              this thread   %s
              other thread  other  work
            Maybe an engine for each thread was meant, or one thread after the other."""
                .formatted(Thread.currentThread().getName()));
    over.countDown();
    work.get();
    solver.step(Feed.none());
  }

  /** Steps in turns are those of one thread. */
  @Test
  void oneAfterAnother() throws Exception {
    for (boolean outer : new boolean[] {true, false}) {
      ImmutableMap<Expr, Array> first = state();
      Solver alone = outer ? bilevel(engine) : single(engine);
      for (int k = 0; k < 6; k++) {
        alone.step(Feed.none());
      }
      ImmutableMap<Expr, Array> expected = state();
      engine.write(first);
      Solver handed = outer ? bilevel(engine) : single(engine);
      for (int k = 0; k < 6; k++) {
        start("turn " + k, () -> handed.step(Feed.none())).get();
      }
      assertThat(state()).isEqualTo(expected);
      engine.write(first);
    }
  }

  /** Steps by two threads at once are made or refused, none by half. */
  @Test
  void atOnce() throws Exception {
    for (boolean outer : new boolean[] {true, false}) {
      ImmutableMap<Expr, Array> first = state();
      Solver shared = outer ? bilevel(engine) : single(engine);
      List<FutureTask<Integer>> threads = new ArrayList<>();
      for (int t = 0; t < 2; t++) {
        threads.add(start("thread " + t, () -> made(shared, 40)));
      }
      int made = threads.get(0).get() + threads.get(1).get();
      ImmutableMap<Expr, Array> got = state();
      assertThat(got.get(count).scalarValue()).isEqualTo(made);
      engine.write(first);
      Solver alone = outer ? bilevel(engine) : single(engine);
      for (int k = 0; k < made; k++) {
        alone.step(Feed.none());
      }
      assertThat(state()).isEqualTo(got);
      engine.write(first);
    }
  }

  private static int made(Solver solver, int tries) {
    int made = 0;
    for (int k = 0; k < tries; k++) {
      try {
        solver.step(Feed.none());
        made++;
      } catch (UsageError refused) {
        assertThat(refused).hasMessageContaining("another thread is using the engine");
      }
    }
    return made;
  }
}
