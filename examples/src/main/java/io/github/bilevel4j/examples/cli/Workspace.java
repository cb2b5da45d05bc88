package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.examples.ssl.Preset;
import io.github.bilevel4j.examples.ssl.Pretraining;
import io.github.bilevel4j.examples.ssl.Recipe;
import io.github.bilevel4j.examples.ssl.Site;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Randomness;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.problem.Update;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.weights.SafeTensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Data, encoder, method and engine of one run. All draws follow from the seed. */
final class Workspace implements AutoCloseable {
  private final SetupOptions options;
  private final ImageDataset data;
  private final Normalize normalize;
  private final Encoder encoder;
  private final Expr step = MethodKind.counter("step");
  private final int epochs;
  private final Recipe recipe;
  private final Engine engine;

  private Workspace(SetupOptions options, MethodKind method, Preset preset, int epochs) {
    this.epochs = epochs;
    this.options = options;
    this.data = DataSource.read(options.data);
    requireBatchFits();
    LabeledImages train = data.train();
    this.normalize =
        Normalize.of(Array.vector(train.channelMean()), Array.vector(train.channelStd()));
    Scope scope = Scope.seed(options.seed);
    this.encoder = options.encoder.in(scope, train.height());
    this.recipe =
        method
            .on(
                new Site(
                    preset,
                    encoder,
                    options.encoder.features(),
                    scope,
                    train.height(),
                    options.batch,
                    stepsPerEpoch(),
                    epochs,
                    step))
            .then(normalize);
    this.engine = options.device.open();
  }

  /**
   * Reads the data and opens the device.
   *
   * @throws IllegalArgumentException if the data cannot be used, the batch is larger than they are,
   *     or there is no such device
   */
  static Workspace open(SetupOptions options, MethodKind method) {
    return open(options, method, Preset.QUICK, 1);
  }

  /**
   * As {@link #open(SetupOptions, MethodKind)} with a preset, for pre-training of so many epochs.
   */
  static Workspace open(SetupOptions options, MethodKind method, Preset preset, int epochs) {
    return new Workspace(options, method, preset, epochs);
  }

  ImageDataset data() {
    return data;
  }

  Encoder encoder() {
    return encoder;
  }

  Engine engine() {
    return engine;
  }

  long seed() {
    return options.seed;
  }

  /** Computes frozen features. */
  FeatureExtractor extractor() {
    return FeatureExtractor.of(engine, encoder, normalize::apply, options.batch);
  }

  /** All that is worth keeping: of encoder and method, parameters, statistics and memory. */
  Variables weights() {
    return encoder.variables().and(recipe.method().variables()).and(Variables.of(step));
  }

  /** The earliest stage whose features are looked at. */
  String firstStage() {
    return encoder.stages().get(1);
  }

  /**
   * Takes the encoder from a file.
   *
   * @throws IllegalArgumentException if it is missing, broken, or of another architecture
   */
  void load(Path file) {
    engine.write(encoder.variables(), SafeTensors.read(file, encoder.variables()));
  }

  /**
   * Takes encoder and method from a file. If it holds no averages, queues and other memory, these
   * begin anew.
   *
   * @throws IllegalArgumentException if it is missing, broken, of another architecture, or of
   *     another method
   */
  void resume(Path file) {
    Set<String> memory = recipe.method().remembered().and(Variables.of(step)).names();
    boolean remembered = SafeTensors.read(file).keySet().containsAll(memory);
    Variables kept = remembered ? weights() : weights().where(name -> !memory.contains(name));
    engine.write(kept, SafeTensors.read(file, kept));
    List<Update> restarting = recipe.method().restarting();
    if (!remembered && !restarting.isEmpty()) {
      engine.compile(Step.named("restart").updating(restarting)).run();
    }
  }

  /** Number of batches in an epoch. */
  int stepsPerEpoch() {
    return batches(Stream.PRETRAIN).perEpoch();
  }

  /** Pre-trains encoder and heads together. */
  Outcome pretrain(Training training) {
    Expr images = images("images");
    Expr counter = MethodKind.counter("pretrain/counter");
    SingleLevelProblem problem =
        Pretraining.problem(
                encoder, recipe.method(), views(images, counter, "pretrain"), recipe.optimizer())
            .updating(counted(counter));
    Batches batches = batches(Stream.PRETRAIN);
    return training.run(
        SingleLevelSolver.of(problem, engine),
        epochs * stepsPerEpoch(),
        step -> Feed.of(images, pixels(batches, step)));
  }

  /** The bi-level problem of UMM; its settings may draw random numbers, fresh ones each step. */
  UmmRun umm(Function<Randomness, UmmSettings> settings) {
    Expr inner = images("inner images");
    Expr outer = images("outer images");
    Expr counter = MethodKind.counter("umm/counter");
    BilevelProblem problem =
        Umm.problem(
                encoder,
                recipe.method(),
                views(inner, counter, "inner"),
                views(outer, counter, "outer"),
                settings.apply(Randomness.of(options.seed, counter)))
            .updating(counted(counter));
    return new UmmRun(problem, inner, outer);
  }

  /** UMM's problem with its two inputs. */
  final class UmmRun {
    private final BilevelProblem problem;
    private final Expr inner;
    private final Expr outer;

    private UmmRun(BilevelProblem problem, Expr inner, Expr outer) {
      this.problem = problem;
      this.inner = inner;
      this.outer = outer;
    }

    BilevelProblem problem() {
      return problem;
    }

    /** Takes so many passes through the data, inner and outer level in different orders. */
    Outcome run(int epochs, Training training) {
      Batches innerBatches = batches(Stream.INNER);
      Batches outerBatches = batches(Stream.OUTER);
      return training.run(
          BilevelSolver.of(problem, engine),
          epochs * innerBatches.perEpoch(),
          step ->
              Feed.of(inner, pixels(innerBatches, step)).and(outer, pixels(outerBatches, step)));
    }
  }

  private void requireBatchFits() {
    batches(Stream.PRETRAIN);
  }

  /** What batches are drawn for: each in an order of its own. */
  private enum Stream {
    PRETRAIN(0),
    INNER(1),
    OUTER(2);

    private final int number;

    Stream(int number) {
      this.number = number;
    }
  }

  private Batches batches(Stream stream) {
    long seed = options.seed * Stream.values().length + stream.number;
    return new Batches(data.train().count(), options.batch, seed);
  }

  private Expr images(String name) {
    LabeledImages train = data.train();
    return Expr.input(name, options.batch, train.height(), train.width(), train.channels());
  }

  private Array pixels(Batches batches, int step) {
    int[] batch = batches.batch(step / batches.perEpoch(), step % batches.perEpoch());
    LabeledImages train = data.train();
    return Array.wrap(
        Shape.of(batch.length, train.height(), train.width(), train.channels()),
        train.pixels(batch));
  }

  private List<Expr> views(Expr images, Expr counter, String stream) {
    return recipe.see(images, Randomness.of(options.seed, counter).fork(stream));
  }

  private List<Update> counted(Expr counter) {
    return List.of(new Update(counter, counter.plus(1)), new Update(step, step.plus(1)));
  }

  @Override
  public void close() {
    engine.close();
  }
}
