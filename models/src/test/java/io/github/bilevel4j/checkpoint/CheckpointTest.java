package io.github.bilevel4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.ForwardingEngine;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Soba;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.step.MicroBatches;
import io.github.bilevel4j.weights.ArraySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
  private static final Precision DOUBLE = Precision.FLOAT64;

  @TempDir Path folder;

  private static Engine open(Precision precision) {
    return TensorFlowEngine.open(Device.cpu(), precision);
  }

  /** Of two levels with Adam at both, the inner one from where it ended. */
  private static Solver bilevel(HypergradientEstimator estimator, Engine engine) {
    Expr x = Expr.variable("x", Array.vector(1, -0.5, 2));
    Expr y = Expr.variable("y", Array.vector(0.25, 0.5, 3));
    return BilevelSolver.of(
        Bilevel.problem("bowl")
            .inner(Variables.of(y))
            .minimize(
                Objective.of("bowl", y.minus(x.sin()).squared().sum().plus(y.squared().sum())))
            .solvedBy(estimator instanceof Soba ? 1 : 2, Adam.rate(0.05))
            .outer(Variables.of(x))
            .minimize(Objective.of("size", y.minus(1).squared().sum().plus(x.squared().sum())))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(estimator),
        engine);
  }

  static Stream<HypergradientEstimator> estimators() {
    return Stream.of(
        Unrolled.exact(),
        Implicit.by(ConjugateGradient.steps(4)),
        Implicit.by(ConjugateGradient.steps(1)).warmStarted(true),
        Soba.rate(0.1),
        F2sa.multiplier(10),
        Unrolled.exact().checkpointed(1));
  }

  private static List<ImmutableMap<String, Double>> steps(Solver solver, int number) {
    List<ImmutableMap<String, Double>> measured = new ArrayList<>();
    for (int k = 0; k < number; k++) {
      measured.add(solver.step(Feed.none()));
    }
    return measured;
  }

  /** Whatever the estimator keeps, the steps to come are the same to the bit. */
  @ParameterizedTest
  @MethodSource("estimators")
  void aSolverGoesOn(HypergradientEstimator estimator) {
    goesOn(engine -> bilevel(estimator, engine), DOUBLE);
  }

  @ParameterizedTest
  @EnumSource
  void inItsPrecision(Precision precision) {
    goesOn(engine -> bilevel(Unrolled.exact(), engine), precision);
  }

  /** Activations, one for each of a thousand samples, are computed anew by every step. */
  @Test
  void activationsAreNoState() {
    Expr samples = Expr.constant(Array.fill(Shape.of(1000, 3), i -> Math.sin(i)));
    Expr x = Expr.variable("x", Array.vector(1, -0.5, 2));
    Expr y = Expr.variable("y", Array.vector(0.25, 0.5, 3));
    try (Engine engine = open(DOUBLE)) {
      Solver solver =
          BilevelSolver.of(
              Bilevel.problem("fit")
                  .inner(Variables.of(y))
                  .minimize(
                      Objective.of("fit", samples.matmul(y.reshape(3, 1)).tanh().squared().mean())
                          .plus("near", y.minus(x).squared().sum()))
                  .solvedBy(2, Sgd.rate(0.05))
                  .outer(Variables.of(x))
                  .minimize(Objective.of("size", y.squared().sum()))
                  .steppedBy(Sgd.rate(0.1))
                  .differentiatedBy(Implicit.by(ConjugateGradient.steps(3))),
              engine);
      assertThat(solver.state().leaves().values())
          .isNotEmpty()
          .allMatch(v -> v.shape().size() < 10);
    }
  }

  @Test
  void aSolverOfOneLevelGoesOn() {
    goesOn(engine -> single(3, engine), DOUBLE);
  }

  private static Solver single(int dimension, Engine engine) {
    Expr w = Expr.variable("w", Array.fill(Shape.of(dimension), i -> i + 1));
    return SingleLevelSolver.of(
        SingleLevel.problem("waves")
            .over(Variables.of(w))
            .minimize(Objective.of("waves", w.cos().sum()))
            .steppedBy(Adam.rate(0.1)),
        engine);
  }

  private void goesOn(Function<Engine, Solver> solver, Precision precision) {
    Path file = folder.resolve("file");
    List<ImmutableMap<String, Double>> expected;
    try (Engine engine = open(precision)) {
      Solver first = solver.apply(engine);
      steps(first, 3);
      Checkpoint.save(file, first, engine);
      expected = steps(first, 3);
    }
    try (Engine engine = open(precision)) {
      Solver second = solver.apply(engine);
      Checkpoint.restore(file, second, engine);
      assertThat(steps(second, 3)).isEqualTo(expected);
    }
  }

  /** A variable that nothing assigns, behind a mean over micro-batches, is a part of the state. */
  @Test
  void whatMeansOverMicroBatchesReadIsKept() {
    try (Engine whole = open(DOUBLE)) {
      Engine engine = MicroBatches.on(whole);
      Expr frozen = Expr.variable("frozen", Array.vector(2, 3));
      Expr w = Expr.variable("w", Array.vector(1, 1));
      Expr batch = Expr.input("batch", 4, 2);
      Solver solver =
          SingleLevelSolver.of(
              SingleLevel.problem("mean")
                  .over(Variables.of(w))
                  .minimize(
                      Objective.of("mean", batch.times(w.times(frozen)).squared().sum(1).mean()))
                  .steppedBy(Sgd.rate(0.1)),
              engine);
      assertThat(solver.state().names()).contains("w", "frozen");
      assertThat(solver.state().names()).noneMatch(name -> name.contains("sum"));
    }
  }

  private Path saved(int dimension) {
    Path file = folder.resolve("saved");
    try (Engine engine = open(DOUBLE)) {
      Checkpoint.save(file, single(dimension, engine), engine);
    }
    return file;
  }

  @Test
  void anotherProblem() {
    Path file = saved(3);
    try (Engine engine = open(DOUBLE)) {
      Solver solver = single(2, engine);
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(() -> Checkpoint.restore(file, solver, engine))
          .withMessage(
              """
              restore checkpoint: it is of another problem: 3 variables differ.
                variable        checkpoint  here
                w               [3]         [2]
                waves/mean/w    [3]         [2]
                waves/square/w  [3]         [2]
              Maybe method, encoder, settings and program should be those that it is of.""");
      assertThat(engine.read(solver.state()).get("w")).isEqualTo(Array.vector(1, 2));
    }
  }

  @Test
  void anotherPrecision() {
    Path file = saved(3);
    try (Engine engine = open(Precision.FLOAT32)) {
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(() -> Checkpoint.restore(file, single(3, engine), engine))
          .withMessageContaining("it was computed in FLOAT64, not in FLOAT32");
    }
  }

  /** Any bit, anywhere, and any length. */
  @Test
  void aDamagedFileIsNotTaken() throws Exception {
    byte[] whole = Files.readAllBytes(saved(3));
    Path file = folder.resolve("damaged");
    for (int position = 0; position < whole.length; position += 7) {
      byte[] damaged = whole.clone();
      damaged[position] ^= 1;
      Files.write(file, damaged);
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(() -> Checkpoint.read(file))
          .withMessageContaining("is damaged");
    }
    for (int length = 0; length < whole.length; length += 13) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatExceptionOfType(UsageError.class).isThrownBy(() -> Checkpoint.read(file));
    }
  }

  @Test
  void theNewestThatIsIntact() throws Exception {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("all"), 3);
    for (int step = 1; step <= 5; step++) {
      checkpoints.write(new Checkpoints.Position(1, "p", step), noted(step)::write);
    }
    try (Stream<Path> files = Files.list(folder.resolve("all"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "01-p-00000003.ckpt", "01-p-00000004.ckpt", "01-p-00000005.ckpt");
    }
    Path newest = folder.resolve("all").resolve("01-p-00000005.ckpt");
    Files.write(newest, Arrays.copyOf(Files.readAllBytes(newest), 100));
    List<String> told = new ArrayList<>();
    assertThat(checkpoints.newest(told::add).orElseThrow().notes()).containsEntry("step", "4");
    assertThat(told)
        .containsExactly(
            "read checkpoint: the file "
                + newest
                + " is damaged: its checksum is another one. The one before is taken.");
    assertThat(newest).doesNotExist();
    assertThat(newest.resolveSibling("01-p-00000005.ckpt.damaged")).exists();
  }

  private static Checkpoint noted(int step) {
    return new Checkpoint(
        ArraySource.of(ImmutableMap.of("w", Array.scalar(step))),
        DOUBLE,
        ImmutableMap.of("step", "" + step));
  }

  /** A later phase comes after an earlier one, whatever the steps. */
  @Test
  void phasesInTheirOrder() {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("all"), 3);
    checkpoints.write(new Checkpoints.Position(2, "b", 1), noted(2)::write);
    checkpoints.write(new Checkpoints.Position(1, "a", 9), noted(1)::write);
    assertThat(checkpoints.newest(line -> {}).orElseThrow().notes()).containsEntry("step", "2");
  }

  private List<String> written(String interval, int steps) {
    List<String> noted = new ArrayList<>();
    try (Engine engine = open(DOUBLE);
        Checkpointing checkpointing =
            new Checkpointing(
                new Checkpoints(folder.resolve("all"), 100),
                Optional.of(interval).filter(text -> !text.isEmpty()).map(Interval::parse),
                new FailedWrites(line -> {}))) {
      Training.named("t")
          .stepsPerEpoch(3)
          .hook(
              checkpointing.phase(
                  1,
                  "t",
                  engine,
                  Variables.none(),
                  moment -> {
                    noted.add(moment.steps() + " " + moment.last().keySet());
                    return ImmutableMap.of();
                  },
                  Optional.empty()))
          .run(single(1, engine), steps, step -> Feed.none());
    }
    return noted;
  }

  @Test
  void everySoOftenAndAtTheEnd() {
    assertThat(written("50steps", 2)).containsExactly("2 [waves, total]");
    assertThat(written("2e", 7)).containsExactly("6 [waves, total]", "7 [waves, total]");
    assertThat(written("10m", 2)).containsExactly("2 [waves, total]");
    assertThat(written("", 2)).isEmpty();
  }

  /** An engine that notes how many variables are read or written at a time. */
  private static final class Reads extends ForwardingEngine {
    final List<Integer> numbers = new ArrayList<>();
    final Optional<MemoryBudget> budget;

    Reads(Engine engine, Optional<MemoryBudget> budget) {
      super(engine);
      this.budget = budget;
    }

    @Override
    public ImmutableMap<Expr, Array> read(Iterable<Expr> variables) {
      numbers.add(Iterables.size(variables));
      return super.read(variables);
    }

    @Override
    public void write(Map<Expr, Array> values) {
      numbers.add(values.size());
      super.write(values);
    }

    @Override
    public Optional<MemoryBudget> processBudget() {
      return budget;
    }
  }

  /** The host then holds one array at a time, and the file is the same. */
  @Test
  void withinABudgetVariablesAreWrittenOneAfterAnother() throws Exception {
    List<byte[]> files = new ArrayList<>();
    List<List<Integer>> reads = new ArrayList<>();
    for (Optional<MemoryBudget> budget :
        List.of(Optional.<MemoryBudget>empty(), Optional.of(MemoryBudget.of("1g")))) {
      Path all = Files.createDirectory(folder.resolve("of" + reads.size()));
      try (Reads engine = new Reads(open(Precision.FLOAT32), budget);
          Checkpointing checkpointing =
              new Checkpointing(
                  new Checkpoints(all, 1),
                  Optional.of(Interval.parse("50steps")),
                  new FailedWrites(line -> {}))) {
        Training.named("t")
            .hook(
                checkpointing.phase(
                    1, "t", engine, Variables.none(), m -> ImmutableMap.of(), Optional.empty()))
            .run(bilevel(Unrolled.exact(), engine), 2, step -> Feed.none());
        reads.add(ImmutableList.copyOf(engine.numbers));
      }
      files.add(Files.readAllBytes(all.resolve("01-t-00000002.ckpt")));
    }
    int variables =
        Checkpoint.read(folder.resolve("of0/01-t-00000002.ckpt")).arrays().shapes().size();
    assertThat(reads.get(0)).containsExactly(variables);
    assertThat(reads.get(1)).isEqualTo(Collections.nCopies(variables, 1));
    assertThat(files.get(1)).isEqualTo(files.get(0));
  }

  @Test
  void variablesAreRestoredOneAfterAnother() {
    Path file = folder.resolve("f");
    try (Reads engine = new Reads(open(Precision.FLOAT32), Optional.empty())) {
      Solver solver = bilevel(Unrolled.exact(), engine);
      Checkpoint.save(file, solver, engine);
      engine.numbers.clear();
      Checkpoint.restore(file, solver, engine);
      assertThat(engine.numbers).isEqualTo(Collections.nCopies(solver.state().leaves().size(), 1));
    }
  }

  @Test
  void intervals() {
    assertThat(Interval.parse("10m")).isEqualTo(new Interval(10, Interval.Unit.MINUTES));
    assertThat(Interval.parse("5e")).isEqualTo(new Interval(5, Interval.Unit.EPOCHS));
    assertThat(Interval.parse("50 steps")).hasToString("50steps");
    for (String wrong : List.of("", "m", "0m", "-1e", "10h", "9999999999m", "1.5m")) {
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(() -> Interval.parse(wrong))
          .withMessageContaining("10m (minutes), 5e (epochs) or 50steps was meant.");
    }
  }

  /** The one before stays, the training goes on, and it is told once. */
  @Test
  void aCheckpointThatCannotBeWritten() throws Exception {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("all"), 3);
    checkpoints.write(new Checkpoints.Position(1, "t", 1), noted(1)::write);
    // Files in the place of those that are to be made.
    for (int step = 2; step <= 4; step++) {
      Files.createDirectory(folder.resolve("all").resolve("01-t-0000000" + step + ".ckpt"));
    }
    List<String> told = new ArrayList<>();
    FailedWrites failures = new FailedWrites(told::add);
    try (Engine engine = open(DOUBLE);
        Checkpointing checkpointing =
            new Checkpointing(checkpoints, Optional.of(Interval.parse("1steps")), failures)) {
      Training.Outcome outcome =
          Training.named("t")
              .hook(
                  checkpointing.phase(
                      1, "t", engine, Variables.none(), m -> ImmutableMap.of(), Optional.empty()))
              .startingAt(1, ImmutableMap.of())
              .run(single(1, engine), 4, step -> Feed.none());
      assertThat(outcome.steps()).isEqualTo(4);
    }
    assertThat(told).hasSize(1);
    assertThat(failures.messages()).hasSize(1);
    assertThat(folder.resolve("all").resolve("01-t-00000001.ckpt")).exists();
  }

  /** Notes tell the lengths of files that are brought to the disk first, which may fail. */
  @Test
  void notesThatCannotBeMade() {
    FailedWrites failures = new FailedWrites(line -> {});
    Path log = folder.resolve("metrics.csv");
    try (Engine engine = open(DOUBLE);
        Checkpointing checkpointing =
            new Checkpointing(
                new Checkpoints(folder.resolve("all"), 3),
                Optional.of(Interval.parse("1steps")),
                failures)) {
      Training.Outcome outcome =
          Training.named("t")
              .hook(
                  checkpointing.phase(
                      1,
                      "t",
                      engine,
                      Variables.none(),
                      moment -> {
                        throw new WriteException(log, new IOException("no space"));
                      },
                      Optional.empty()))
              .run(single(1, engine), 2, step -> Feed.none());
      assertThat(outcome.steps()).isEqualTo(2);
    }
    assertThat(failures.messages()).hasSize(1);
    assertThat(folder.resolve("all")).doesNotExist();
  }

  @Test
  void aFolderThatCannotBeMade() throws Exception {
    Files.createFile(folder.resolve("all"));
    assertThatExceptionOfType(WriteException.class)
        .isThrownBy(
            () ->
                new Checkpoints(folder.resolve("all"), 3)
                    .write(new Checkpoints.Position(1, "t", 1), noted(1)::write));
  }
}
