package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.BatchNormalized;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Steps within a budget: what they compute, and what is refused. */
final class MemoryBudgetTest {
  private static final int STEPS = 3;
  private static final Expr IMAGES = Expr.input("images", 8, 32, 32, 8);
  private static final Expr CHOICE = Expr.input("choice");
  private static final Expr X = Expr.input("x", 1 << 20);

  /** Needs 9 MB: argument and value of 4 MB, and an eighth. */
  private static final Step LARGE = Step.named("large").output("mean", X.tanh().mean());

  private static final Feed ZEROS = Feed.of(X, Array.fill(X.shape(), i -> 0));
  private static final String REFUSED = "compile \"large\": ";

  /** A residual network with normalization, a branch and a random mask, trained by its gradient. */
  private static Step training() {
    Expr x = IMAGES;
    List<Expr> weights = new ArrayList<>();
    Expr counter = Expr.variable("counter", Array.scalar(0));
    for (int layer = 0; layer < 6; layer++) {
      Expr filter =
          Expr.variable("filter " + layer, Shape.of(3, 3, 8, 8), Initializer.uniform(0.2, layer));
      Expr scale = Expr.variable("scale " + layer, Shape.of(8), Initializer.uniform(1, 50 + layer));
      Expr offset = Expr.variable("offset " + layer, Shape.of(8), Initializer.zeros());
      weights.addAll(List.of(filter, scale, offset));
      Expr convolved = Expr.of(new Convolution.Forward(Window.of(1, 1)), x, filter);
      x = BatchNormalized.of(convolved, scale, offset, 1e-5).output().relu().plus(x.tanh());
    }
    Expr loss = Expr.cond(CHOICE, x.squared().mean(), x.abs().mean());
    Step step = Step.named("train").output("loss", loss).updating(counter, counter.plus(1));
    for (Expr weight : weights) {
      step = step.updating(weight, weight.minus(loss.gradient(weight).times(0.1)));
    }
    return step;
  }

  private static Array images() {
    Random random = new Random(1);
    return Array.fill(IMAGES.shape(), i -> random.nextGaussian());
  }

  private static List<Double> losses(TensorFlowEngine engine, Step step) {
    Program program = engine.compile(step);
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      Results results = program.run(Feed.of(IMAGES, images()).and(CHOICE, Array.scalar(i % 2)));
      losses.add(results.scalar("loss"));
    }
    return losses;
  }

  private static MemoryBudget megabytes(int number) {
    return new MemoryBudget((long) number << 20);
  }

  @Test
  void valuesAndGradientsAreTheSameInLessMemory() {
    Step step = training();
    for (Precision precision : Precision.values()) {
      List<Double> expected;
      try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
        expected = losses(engine, step);
      }
      assertThat(expected.get(2)).isNotEqualTo(expected.get(0));
      int budget =
          switch (precision) {
            case FLOAT32 -> 8;
            // Of a rounded value a copy in single precision may be there beside it.
            case MIXED -> 12;
            case FLOAT64 -> 16;
          };
      try (TensorFlowEngine engine = TensorFlowEngine.openForArrays(precision, megabytes(budget))) {
        List<Double> losses = losses(engine, step);
        for (int i = 0; i < STEPS; i++) {
          double error = precision == Precision.FLOAT64 ? 1e-13 : 1e-5;
          assertThat(losses.get(i)).isCloseTo(expected.get(i), within(error));
        }
      }
    }
  }

  /** Two thousand layers, so that what is computed again depends on a long way before it. */
  @Test
  void ofAnyDepth() {
    Expr x = Expr.variable("x", Shape.of(1 << 14), Initializer.uniform(1, 3));
    Expr y = x;
    for (int layer = 0; layer < 2_000; layer++) {
      y = y.times(1.001).tanh();
    }
    Step step = Step.named("deep").output("slope", y.sum().gradient(x).mean());
    double expected;
    try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      expected = engine.compile(step).run().scalar("slope");
    }
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT64, megabytes(100))) {
      assertThat(engine.compile(step).run().scalar("slope")).isCloseTo(expected, within(1e-9));
    }
  }

  @Test
  void whatDoesNotFitIsRefusedWithTheNumber() {
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT64, megabytes(1))) {
      assertThatThrownBy(() -> engine.compile(training()))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("compile \"train\": a step needs")
          .hasMessageContaining("no more than 1 MB are allowed");
    }
  }

  @Test
  void whatARefusalNamesSufficesAndSoDoesMore() {
    Step step = training();
    for (Precision precision : Precision.values()) {
      int needed = needed(precision, step, megabytes(1));
      assertThat(needed).isGreaterThan(1);
      for (int more = 0; more < 4; more++) {
        try (TensorFlowEngine engine =
            TensorFlowEngine.openForArrays(precision, megabytes(needed + more))) {
          assertThat(engine.compile(step).nodeCount()).isPositive();
        }
      }
    }
  }

  private static int needed(Precision precision, Step step, MemoryBudget budget) {
    try (TensorFlowEngine engine = TensorFlowEngine.openForArrays(precision, budget)) {
      String message =
          catchThrowableOfType(UsageError.class, () -> engine.compile(step)).getMessage();
      return Integer.parseInt(message.replaceAll("(?s).* needs ([0-9]+) MB.*", "$1"));
    }
  }

  /**
   * Of 4 MB each, the input lies there until the end, and beside it the argument and the value of
   * one operation: 12 MB, and an eighth of them for other orders of steps.
   */
  @Test
  void whatIsNeededIsThatOfTheArrays() {
    Step step = chain(1 << 20);
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(14))) {
      assertThat(engine.compile(step).nodeCount()).isPositive();
    }
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(13))) {
      assertThatThrownBy(() -> engine.compile(step))
          .hasMessageContaining("a step needs 14 MB, and no more than 13 MB are allowed");
    }
  }

  /**
   * An input of 5 MB and two values leave 15 MB for later steps. Once a variable of 4 MB lies
   * there, an input of 4.5 MB and two values reach up to 17.5 MB, with an eighth 20.
   */
  @Test
  void stepsThatAreCompiledLaterFindWhatEarlierOnesLeave() {
    Expr variable = Expr.variable("variable", Shape.of(1 << 20), Initializer.zeros());
    Step second = Step.named("second").output("mean", variable.tanh().mean());
    Step third = chain(9 << 17);
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(19))) {
      Step first = chain(10 << 17);
      Expr x = engine.compile(first).inputs().get(0);
      engine.compile(first).run(Feed.of(x, Array.fill(x.shape(), i -> 0)));
      engine.compile(third).close();
      engine.compile(second);
      assertThatThrownBy(() -> engine.compile(third))
          .hasMessageContaining("2 steps together need 20 MB");
    }
  }

  /**
   * Of 12 MB, a third is taken by a variable that comes later: the first step, which has not run
   * yet, is then planned to compute more of its values again.
   */
  @Test
  void stepsThatHaveNotRunMakeRoomForLaterOnes() {
    Step step = training();
    List<Double> expected;
    try (TensorFlowEngine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      expected = losses(engine, step);
    }
    Expr large = Expr.variable("large", Shape.of(1 << 20), Initializer.zeros());
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(12))) {
      Program program = engine.compile(step);
      int before = program.nodeCount();
      double mean =
          engine.compile(Step.named("later").output("mean", large.mean())).run().scalar("mean");
      assertThat(mean).isZero();
      assertThat(program.nodeCount()).isGreaterThan(before);
      assertThat(losses(engine, step)).isEqualTo(expected);
    }
  }

  /**
   * Two gradients of 13 MB each. While the second is computed, 8 MB lie there that the first has
   * kept: where both fit into 16.9 MB, only the second is computed with less.
   */
  @Test
  void whatIsKeptForLaterStepsIsTakenFromThemAlone() {
    Expr kept = Expr.kept("kept", Shape.of(8, 1 << 18));
    Step keep = Step.named("keep").updating(kept, slope().broadcastTo(kept.shape()));
    Step read = Step.named("read").output("means", slope().mean().plus(kept.mean()));
    ImmutableList<Integer> unlimited = nodes(megabytes(100), keep, read);
    ImmutableList<Integer> within = nodes(megabytes(19), keep, read);
    assertThat(within.get(0)).isEqualTo(unlimited.get(0));
    assertThat(within.get(1)).isGreaterThan(unlimited.get(1));
  }

  private static Expr slope() {
    Expr x = Expr.variable("x", Shape.of(1 << 18), Initializer.uniform(1, 3));
    Expr y = x;
    for (int layer = 0; layer < 12; layer++) {
      y = y.tanh();
    }
    return y.sum().gradient(x);
  }

  private static ImmutableList<Integer> nodes(MemoryBudget budget, Step... steps) {
    try (TensorFlowEngine engine = TensorFlowEngine.openForArrays(Precision.FLOAT32, budget)) {
      ImmutableList<Program> programs =
          engine.exclusively(
              "compile",
              () -> Stream.of(steps).map(engine::compile).collect(ImmutableList.toImmutableList()));
      programs.forEach(Program::run);
      return programs.stream().map(Program::nodeCount).collect(ImmutableList.toImmutableList());
    }
  }

  /** What is compiled within one piece of work fits as a whole, or none of it is compiled. */
  @Test
  void stepsOfOnePieceOfWorkAreRefusedTogether() {
    Step small = chain(1 << 10);
    inMegabytes(
        8,
        engine -> {
          List<Program> programs = new ArrayList<>();
          assertThatThrownBy(
                  () ->
                      engine.exclusively(
                          "compile two",
                          () -> {
                            programs.add(engine.compile(small));
                            return programs.add(engine.compile(LARGE));
                          }))
              .isInstanceOf(UsageError.class)
              .hasMessageContaining("compile \"large\": 2 steps together need 10 MB");
          assertThat(engine.compile(small)).isNotSameAs(programs.get(0));
        });
  }

  /** As a solver's that is compiled in a call that fails for another reason. */
  @Test
  void whatIsCompiledBeforeAFailureIsPlannedLater() {
    Step step = training();
    inMegabytes(
        8,
        engine -> {
          Program training = compiledBeforeAFailure(engine, step);
          assertThat(losses(engine, step)).hasSize(STEPS);
          assertThat(engine.compile(step)).isSameAs(training);
          assertThat(training.nodeCount()).isPositive();
          compiledBeforeAFailure(engine, LARGE);
          assertThatThrownBy(() -> engine.compile(LARGE)).hasMessageContaining(REFUSED);
        });
  }

  private static Program compiledBeforeAFailure(TensorFlowEngine engine, Step step) {
    List<Program> programs = new ArrayList<>();
    assertThatThrownBy(
            () ->
                engine.exclusively(
                    "compile and fail",
                    () -> {
                      programs.add(engine.compile(step));
                      throw new IllegalStateException("for another reason");
                    }))
        .hasMessage("for another reason");
    return programs.get(0);
  }

  /**
   * A solver's variables are put back by a step that runs for the first time then: after a refusal,
   * and after another failure beside a step that would be refused.
   */
  @Test
  void aFailureDuringWorkLeavesToRunWhatWasCompiledBefore() {
    inMegabytes(
        8,
        engine -> {
          restoresAfter(engine, () -> engine.compile(LARGE).run(ZEROS), REFUSED);
          assertThatThrownBy(() -> engine.compile(LARGE)).hasMessageContaining(REFUSED);
          restoresAfter(
              engine,
              () -> {
                engine.compile(LARGE);
                throw new IllegalStateException("for another reason");
              },
              "for another reason");
        });
  }

  private static void restoresAfter(
      TensorFlowEngine engine, Supplier<Results> failing, String message) {
    Expr x = Expr.variable("x", Array.scalar(2));
    Expr saved = Expr.variable("saved", Array.scalar(2));
    Program change = engine.compile(Step.named("change").updating(x, x.plus(1)));
    Program restore = engine.compile(Step.named("restore").updating(x, saved));
    assertThatThrownBy(
            () ->
                engine.exclusively(
                    "work",
                    () -> {
                      change.run();
                      try {
                        return failing.get();
                      } finally {
                        restore.run();
                      }
                    }))
        .hasMessageContaining(message);
    assertThat(engine.read(x).scalarValue()).isEqualTo(2);
  }

  /** Of a program that was refused together with others its owner may have the only reference. */
  @Test
  void aRefusedProgramThatRunsLaterKeepsItsConstants() {
    Expr constant = Expr.constant(Array.fill(Shape.of(1 << 15), i -> 3));
    Step step = Step.named("constant").output("mean", constant.mean());
    inMegabytes(
        8,
        engine -> {
          List<Program> refused = new ArrayList<>();
          assertThatThrownBy(
                  () ->
                      engine.exclusively(
                          "compile two",
                          () -> {
                            refused.add(engine.compile(step));
                            return engine.compile(LARGE);
                          }))
              .isInstanceOf(UsageError.class);
          Program other = engine.compile(step);
          double mean = refused.get(0).run().scalar("mean");
          assertThat(mean).isEqualTo(3);
          assertThat(other.run().scalar("mean")).isEqualTo(mean);
          other.close();
          assertThat(refused.get(0).run().scalar("mean")).isEqualTo(mean);
        });
  }

  /** A new graph is begun when a long step is closed, with more variables than there were. */
  @Test
  void whatWasCompiledIsNotRefusedWhenItIsLoweredAgain() {
    Step step = training();
    inMegabytes(
        8,
        engine -> {
          Program training = engine.compile(step);
          Expr z = Expr.variable("z", Array.scalar(1));
          Expr value = z;
          for (int i = 0; i < 3_000; i++) {
            value = value.tanh();
          }
          Program longer = engine.compile(Step.named("longer").output("z", value));
          longer.run();
          Expr large = Expr.variable("large", Shape.of(3 << 19), Initializer.zeros());
          engine.write(large, Array.fill(large.shape(), i -> 1));
          int before = engine.nodeCount();
          longer.close();
          assertThat(engine.nodeCount()).isLessThan(before);
          assertThat(losses(engine, step)).hasSize(STEPS);
          assertThat(engine.compile(step)).isSameAs(training);
          assertThat(engine.read(large).get(0)).isEqualTo(1);
        });
  }

  private static void inMegabytes(int number, Consumer<TensorFlowEngine> work) {
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(number))) {
      work.accept(engine);
    }
  }

  /** Two outputs of 4 MB beside the input: with an eighth 14 MB. */
  @Test
  void outputsLieThereUntilTheEnd() {
    Expr x = Expr.input("x", 1 << 20);
    Step step = Step.named("outputs").output("first", x.tanh()).output("second", x.exp());
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(14))) {
      assertThat(engine.compile(step).nodeCount()).isPositive();
    }
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(13))) {
      assertThatThrownBy(() -> engine.compile(step)).hasMessageContaining("needs 14 MB");
    }
  }

  /** What takes no more than there is already needs no budget. */
  @Test
  void aSmallStepFitsBesideOneThatTakesAll() {
    MemoryBudget exactly = new MemoryBudget((12L << 20) * 9 / 8 + 64);
    try (TensorFlowEngine engine = TensorFlowEngine.openForArrays(Precision.FLOAT32, exactly)) {
      engine.compile(chain(1 << 20));
      Expr y = Expr.input("y", 1000);
      Step small = Step.named("small").output("mean", y.tanh().mean());
      Feed zeros = Feed.of(y, Array.fill(y.shape(), i -> 0));
      double mean = engine.compile(small).run(zeros).scalar("mean");
      assertThat(mean).isZero();
    }
  }

  /** Nothing of a scalar can be freed, however little there is: it fits or is refused. */
  @Test
  void aKeptScalarIsPlannedOrRefused() {
    Expr kept = Expr.kept("kept", Shape.scalar());
    Step step = Step.named("keep").updating(kept, Expr.variable("x", Array.scalar(2)).squared());
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, new MemoryBudget(16))) {
      engine.compile(step).run();
      assertThat(engine.read(List.of(kept)).get(kept).scalarValue()).isEqualTo(4);
    }
    try (TensorFlowEngine engine =
        TensorFlowEngine.openForArrays(Precision.FLOAT32, new MemoryBudget(1))) {
      assertThatThrownBy(() -> engine.compile(step)).isInstanceOf(UsageError.class);
    }
  }

  @Test
  void moreThanTheMachineHasIsNoBound() {
    Step step = chain(100);
    try (TensorFlowEngine engine =
        TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32, MemoryBudget.of("100t"))) {
      assertThat(engine.compile(step).nodeCount()).isPositive();
    }
  }

  private static Step chain(int length) {
    return Step.named("chain").output("mean", Expr.input("x", length).tanh().tanh().tanh().mean());
  }

  @Test
  void ofTheProcessorAllOfTheProcessCounts() {
    try (TensorFlowEngine engine =
        TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32, megabytes(64))) {
      assertThatThrownBy(() -> engine.compile(training()))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("program and libraries");
    }
    try (TensorFlowEngine engine =
        TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32, MemoryBudget.of("16g"))) {
      assertThat(losses(engine, training())).hasSize(STEPS);
    }
  }

  @Test
  void kernelsThatRunAgainCountAsTheirNodes() {
    Step step = training();
    try (TensorFlowEngine free = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
        TensorFlowEngine bounded =
            TensorFlowEngine.openForArrays(Precision.FLOAT32, megabytes(8))) {
      List<KernelRun> once = large(free, step);
      List<KernelRun> again = large(bounded, step);
      assertThat(once).isNotEmpty();
      assertThat(again).hasSizeGreaterThan(once.size());
      assertThat(again).allMatch(kernel -> kernel.origin().isPresent());
    }
  }

  /** The runs of a step's elementwise and normalizing kernels, which are cheap to run again. */
  private static List<KernelRun> large(TensorFlowEngine engine, Step step) {
    return engine.traced(() -> losses(engine, step)).stream()
        .filter(kernel -> kernel.kind().matches("Relu|Tanh|AddV2|.*FusedBatchNormV3|.*Conv2D"))
        .toList();
  }
}
