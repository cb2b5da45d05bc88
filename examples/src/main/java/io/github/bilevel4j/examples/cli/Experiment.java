package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.examples.ssl.MethodContext;
import io.github.bilevel4j.examples.ssl.Preset;
import io.github.bilevel4j.examples.ssl.Pretraining;
import io.github.bilevel4j.examples.ssl.Recipe;
import io.github.bilevel4j.examples.umm.SingleLevelUmm;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Data, encoder, method and engine of one run. All draws follow from the seed. */
final class Experiment implements AutoCloseable {
  private final SetupOptions options;
  private final ImageDataset data;
  private final Normalize normalize;
  private final Encoder encoder;
  private final Expr step = MethodKind.counter("step");
  private final int epochs;
  private final Recipe recipe;
  private final Engine engine;

  private Experiment(SetupOptions options, MethodKind method, Preset preset, int epochs) {
    this.epochs = epochs;
    this.options = options;
    this.data = options.data.read();
    requireBatchFits();
    LabeledImages train = data.train();
    this.normalize =
        Normalize.of(Array.vector(train.channelMean()), Array.vector(train.channelStd()));
    Scope scope = Scope.seed(options.seed);
    this.encoder = options.encoder.init(scope, train.height());
    this.recipe =
        method
            .on(
                new MethodContext(
                    preset,
                    encoder,
                    options.encoder.features(),
                    scope,
                    train.height(),
                    train.count(),
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
  static Experiment open(SetupOptions options, MethodKind method) {
    return open(options, method, Preset.QUICK, 1);
  }

  /**
   * As {@link #open(SetupOptions, MethodKind)} with a preset, for pre-training of so many epochs.
   */
  static Experiment open(SetupOptions options, MethodKind method, Preset preset, int epochs) {
    return new Experiment(options, method, preset, epochs);
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
   * @throws IllegalArgumentException if it is missing, broken, of another architecture, of another
   *     method, or of a run whose options make other sizes
   */
  void resume(Path file) {
    Set<String> memory = recipe.method().remembered().and(Variables.of(step)).names();
    ImmutableMap<String, Array> saved = SafeTensors.read(file);
    new SavedSizes(file, saved).requireOfThisRun(encoder.variables(), recipe.method().variables());
    boolean remembered = saved.keySet().containsAll(memory);
    Variables kept = remembered ? weights() : weights().where(name -> !memory.contains(name));
    engine.write(kept, SafeTensors.read(file, kept));
    List<Update> restarting = recipe.method().reset();
    if (!remembered && !restarting.isEmpty()) {
      engine.compile(Step.named("restart").updating(restarting)).run();
    }
  }

  /** Writes all that is worth keeping to a file. */
  void save(Path file) {
    SafeTensors.write(
        file,
        engine.read(weights()),
        engine.precision() == Precision.FLOAT64 ? ElementType.F64 : ElementType.F32);
  }

  /** How good the features of the last stage are now. */
  Scores scores() {
    String last = encoder.stages().reverse().get(0);
    FeatureExtractor extractor = extractor();
    return Scores.of(
        engine,
        options.seed,
        extractor.features(last, data.train()),
        extractor.features(last, data.test()));
  }

  /** Number of batches in an epoch. */
  int stepsPerEpoch() {
    return batches(Stream.PRETRAIN).perEpoch();
  }

  /**
   * What pre-trains encoder and heads together, in a loop that it is given.
   *
   * @throws IllegalArgumentException if the method cannot use the batch
   */
  Function<Training, Outcome> pretraining() {
    TrainingTask task = pretraining(List.of(counted(step)));
    return training -> run(task, epochs, training);
  }

  /** Pre-trains encoder and heads together. */
  Outcome pretrain(Training training) {
    return pretraining().apply(training);
  }

  /** As {@link #umm(UmmMode, Function)}, in two levels. */
  UmmRun umm(Function<RandomKey, UmmSettings> settings) {
    return umm(UmmMode.BILEVEL, settings);
  }

  /**
   * UMM, or one of the trainings that it is compared with. Its settings may draw random numbers,
   * fresh ones each step.
   */
  UmmRun umm(UmmMode mode, Function<RandomKey, UmmSettings> settings) {
    return switch (mode) {
      case BILEVEL -> afterPretraining(bilevel(settings));
      case JOINT -> joint(settings);
      case SINGLE_LEVEL -> afterPretraining(singleLevel(settings));
    };
  }

  private TrainingTask pretraining(List<Update> counting) {
    ImageInput images = input("images", Stream.PRETRAIN);
    Expr counter = MethodKind.counter("pretrain/counter");
    SingleLevelProblem problem =
        Pretraining.problem(
                encoder, recipe.method(), views(images, counter, "pretrain"), recipe.optimizer())
            .updating(List.of(counted(counter)))
            .updating(counting);
    return task(problem, images);
  }

  private TrainingTask bilevel(Function<RandomKey, UmmSettings> settings) {
    ImageInput inner = input("inner images", Stream.INNER);
    ImageInput outer = input("outer images", Stream.OUTER);
    Expr counter = MethodKind.counter("umm/counter");
    BilevelProblem problem =
        Umm.problem(
                encoder,
                recipe.method(),
                views(inner, counter, "inner"),
                views(outer, counter, "outer"),
                settings.apply(RandomKey.of(options.seed, counter)))
            .updating(List.of(counted(counter), counted(step)));
    return new TrainingTask(
        problem.toString(),
        () -> BilevelSolver.of(problem, engine),
        ImmutableList.of(inner, outer));
  }

  /** On the batches and views of the outer level of {@link #bilevel}. */
  private TrainingTask singleLevel(Function<RandomKey, UmmSettings> settings) {
    ImageInput outer = input("outer images", Stream.OUTER);
    Expr counter = MethodKind.counter("umm/counter");
    SingleLevelProblem problem =
        SingleLevelUmm.problem(
                encoder,
                recipe.method(),
                views(outer, counter, "outer"),
                settings.apply(RandomKey.of(options.seed, counter)))
            .updating(List.of(counted(counter), counted(step)));
    return task(problem, outer);
  }

  private TrainingTask task(SingleLevelProblem problem, ImageInput images) {
    return new TrainingTask(
        problem.toString(), () -> SingleLevelSolver.of(problem, engine), ImmutableList.of(images));
  }

  /** The method has made the steps of its pre-training, wherever its weights come from. */
  private UmmRun afterPretraining(TrainingTask task) {
    return new UmmRun(task, new Update(step, step.maximum(epochs * stepsPerEpoch())));
  }

  /**
   * A self-supervised step and a step of UMM in turn. The method counts such a pair as one step, at
   * its end: schedules of averages, masks and queues go as in pre-training of so many epochs, and
   * they begin anew together with the learning rate, which counts the self-supervised steps.
   */
  private UmmRun joint(Function<RandomKey, UmmSettings> settings) {
    TrainingTask both = pretraining(List.of()).inTurnWith(bilevel(settings), "ssl", "umm");
    return new UmmRun(both, new Update(step, Expr.constant(0)));
  }

  private Outcome run(TrainingTask task, int epochs, Training training) {
    return training.run(task.solver().get(), epochs * stepsPerEpoch(), task::feed);
  }

  /** UMM ready to begin. */
  final class UmmRun {
    private final TrainingTask task;
    private final Update start;

    private UmmRun(TrainingTask task, Update start) {
      this.task = task;
      this.start = start;
    }

    /** The problem in a few lines. */
    String problem() {
      return task.problem();
    }

    /** Takes so many passes through the data, each level in an order of its own. */
    Outcome run(int epochs, Training training) {
      engine.compile(Step.named("start").updating(List.of(start))).run();
      return Experiment.this.run(task, epochs, training);
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

  private ImageInput input(String name, Stream stream) {
    ImageInput input = ImageInput.named(name, batches(stream), data.train());
    return input.neededBy(recipe.see(input.batch(), RandomKey.fixed(options.seed)));
  }

  private List<Expr> views(ImageInput input, Expr counter, String stream) {
    return recipe.see(input.batch(), RandomKey.of(options.seed, counter).foldIn(stream));
  }

  private static Update counted(Expr counter) {
    return new Update(counter, counter.plus(1));
  }

  @Override
  public void close() {
    engine.close();
  }
}
