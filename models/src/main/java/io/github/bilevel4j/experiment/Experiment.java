package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.data.BatchOrder;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.run.DivergedException;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.run.TrainingHook;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.ViewBatch;
import io.github.bilevel4j.weights.ArraySource;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import io.github.bilevel4j.weights.WeightsFile;
import io.github.bilevel4j.weights.WeightsImport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A self-supervised method on an encoder and images: pre-training, evaluation, weights on disk, and
 * what other trainings of the encoder are made of. All draws follow from the seed.
 *
 * <pre>{@code
 * Experiment experiment = Experiment.of(settings, engine);
 * experiment.run(experiment.pretraining(), 50, Training.named("pretrain"));
 * Scores scores = experiment.scores();
 * }</pre>
 */
public final class Experiment {
  /** The streams of batches that have different orders. */
  private static final int STREAMS = 3;

  private final ExperimentSettings settings;
  private final Engine engine;
  private final Expr step = counter("step");
  private final Normalize normalize;
  private final Encoder encoder;
  private final Recipe recipe;

  private Experiment(ExperimentSettings settings, Engine engine) {
    this.settings = settings;
    this.engine = engine;
    LabeledImages train = settings.data().pretraining();
    int perEpoch = batches(0).perEpoch();
    this.normalize =
        settings
            .normalization()
            .orElseGet(
                () ->
                    Normalize.of(
                        Array.vector(train.channelMean()), Array.vector(train.channelStd())));
    Scope scope = Scope.seed(settings.seed());
    this.encoder = settings.encoder().init(scope, train.height());
    MethodContext context =
        new MethodContext(
            settings.preset(),
            encoder,
            width(encoder, train),
            scope,
            train.height(),
            train.count(),
            settings.batch(),
            perEpoch,
            settings.epochs(),
            step);
    this.recipe = settings.method().recipe(context).then(normalize);
  }

  /** How images are normalized. */
  public Normalize normalize() {
    return normalize;
  }

  /** The number of features of a network. */
  static int width(Encoder encoder, LabeledImages images) {
    Expr image = Expr.input("image", 1, images.height(), images.width(), images.channels());
    return encoder.apply(image, Pass.evaluation()).shape().dim(1);
  }

  /**
   * Puts the method on a new encoder; the engine stays the caller's to close.
   *
   * @throws io.github.bilevel4j.check.UsageError if the batch is larger than the data, or the
   *     method cannot be put on the encoder
   */
  public static Experiment of(ExperimentSettings settings, Engine engine) {
    return new Experiment(settings, engine);
  }

  /** A new counter of steps, from zero. */
  public static Expr counter(String name) {
    return Expr.variable(name, Shape.scalar(), Initializer.zeros());
  }

  /** The assignment that counts. */
  public static Update counted(Expr counter) {
    return new Update(counter, counter.plus(1));
  }

  /** The images. */
  public ImageDataset data() {
    return settings.data();
  }

  /** What tells whether data are the same: the SHA-256 of sizes, names of classes and labels. */
  public String dataFingerprint() {
    return RunState.fingerprint(data());
  }

  /** The encoder. */
  public Encoder encoder() {
    return encoder;
  }

  /** The method with its views, which end with the normalization of the data's channels. */
  public Recipe recipe() {
    return recipe;
  }

  /** The engine. */
  public Engine engine() {
    return engine;
  }

  /** The seed. */
  public long seed() {
    return settings.seed();
  }

  /** The number of steps that the method has counted, a variable. */
  public Expr step() {
    return step;
  }

  /** The number of images in a batch. */
  public int batch() {
    return settings.batch();
  }

  /** The number of batches in an epoch. */
  public int stepsPerEpoch() {
    return batches(0).perEpoch();
  }

  /** The number of steps of pre-training. */
  public int steps() {
    return settings.epochs() * stepsPerEpoch();
  }

  /** Computes frozen features. */
  public FeatureExtractor extractor() {
    return extractor(encoder);
  }

  /** Computes frozen features of another network that is made of the encoder. */
  FeatureExtractor extractor(Encoder network) {
    return FeatureExtractor.of(engine, network, normalize::apply, settings.batch());
  }

  /**
   * Fails before a training if the features of stages could not be evaluated after it.
   *
   * @throws io.github.bilevel4j.check.UsageError if there are too few images, no such stage, or one
   *     that has no features, or the images have no classes
   */
  public void requireScores(Collection<String> stages) {
    data().requireClasses("evaluation");
    Scores.requireEnough(data().train());
    extractor().check(stages, data().train());
  }

  /** How good the features of the last stage are at present. */
  public Scores scores() {
    return scores(engine);
  }

  /**
   * As {@link #scores()}, with probes on another engine: in the graph of a large training each of
   * their programs takes seconds to begin.
   */
  public Scores scores(Engine probes) {
    data().requireClasses("evaluation");
    String last = encoder.stages().reverse().get(0);
    FeatureExtractor extractor = extractor();
    return Scores.of(
        probes, extractor.features(last, data().train()), extractor.features(last, data().test()));
  }

  /** All that is worth keeping: of encoder and method, parameters, statistics and state. */
  public Variables weights() {
    return encoder.variables().and(recipe.method().variables()).and(Variables.of(step));
  }

  /**
   * Reads the encoder from a file.
   *
   * @throws io.github.bilevel4j.check.UsageError if it is missing, malformed, or of another
   *     architecture
   */
  public void load(Path file) {
    engine.write(encoder.variables(), SafeTensors.read(file, encoder.variables()));
  }

  /**
   * Reads encoder and method from a file. If it holds no averages and buffers, these begin anew.
   *
   * @throws io.github.bilevel4j.check.UsageError if it is missing, malformed, of another
   *     architecture, of another method, or of a run whose settings make other sizes
   */
  public void resume(Path file) {
    Set<String> state = recipe.method().state().and(Variables.of(step)).names();
    ImmutableMap<String, Array> saved = SafeTensors.readPresent(file, weights());
    new SavedSizes(file, saved).requireOfThisRun(encoder.variables(), recipe.method().variables());
    boolean complete = saved.keySet().containsAll(state);
    Variables kept = complete ? weights() : weights().where(name -> !state.contains(name));
    engine.write(kept, SafeTensors.read(file, kept));
    if (!complete) {
      assign("reset", recipe.method().reset());
    }
  }

  /**
   * Takes the encoder, and the heads that fit, from a file of another program. All averages and
   * buffers begin anew.
   *
   * @param prefix what the names of the encoder's arrays begin with, if it is not to be found
   * @return what was taken and what was left
   * @throws io.github.bilevel4j.check.UsageError if it has no such encoder
   */
  public WeightsImport take(WeightsFile file, Optional<String> prefix) {
    WeightsImport imported = WeightsImport.of(file, encoder.variables(), prefix);
    Variables heads = recipe.method().variables();
    imported.takeHead("projector", heads.where(name -> name.startsWith("projector/")));
    imported.takeHead("predictor", heads.where(name -> name.startsWith("predictor/")));
    ImmutableMap<String, Array> values = imported.values();
    engine.write(weights().where(values::containsKey), values);
    assign("reset", recipe.method().reset());
    return imported;
  }

  /** Writes all that is worth keeping to a file, and how the images were normalized. */
  public void save(Path file) {
    SafeTensors.write(
        file,
        ArraySource.of(weights(), engine),
        ElementType.of(engine.precision()),
        SavedNormalization.metadata(normalize));
  }

  /**
   * Writes what {@link #save} cannot write to where it should be to a new folder for temporary
   * files.
   *
   * @param name of the file
   * @param told hears in one line where it is, or why it is not
   */
  public void rescue(String name, Consumer<String> told) {
    try {
      Path rescued = Files.createTempDirectory("bilevel4j-").resolve(name);
      save(rescued);
      told.accept("the weights are in " + rescued + " instead");
    } catch (WriteException | IOException e) {
      told.accept("nor can the weights be written to a temporary folder: " + e.getMessage());
    }
  }

  /** Makes assignments at once. */
  public void assign(String name, List<Update> updates) {
    if (!updates.isEmpty()) {
      engine.compile(Step.named(name).updating(updates)).run();
    }
  }

  /**
   * The pre-training of encoder and heads together.
   *
   * @throws io.github.bilevel4j.check.UsageError if the method cannot use the batch
   */
  public TrainingTask pretraining() {
    return pretraining(List.of(counted(step)));
  }

  /** As {@link #pretraining()}, with other assignments than that which counts the method's step. */
  public TrainingTask pretraining(List<Update> counting) {
    ImageInput images = images("images", 0);
    Expr counter = counter("pretrain/counter");
    return TrainingTask.of(
        Pretraining.problem(encoder, views(images, counter, "pretrain"), recipe.optimizer())
            .updating(List.of(counted(counter)))
            .updating(counting),
        engine,
        ImmutableList.of(images));
  }

  /**
   * A batch of the images of pre-training as inputs.
   *
   * @param stream one of 0, 1 and 2: each has batches in an order of its own; 0 is that of
   *     pre-training
   * @throws io.github.bilevel4j.check.UsageError if a batch is not divisible by the replicas
   */
  public ImageInput images(String name, int stream) {
    return ImageInput.named(name, order(batches(stream)), data().pretraining(), kind());
  }

  /**
   * A batch of images that the method does not train on, as inputs: as many as in other batches, or
   * all if there are fewer, in the order of the first stream.
   */
  public ImageInput otherImages(String name, LabeledImages images) {
    int size = Math.min(batch(), images.count());
    return ImageInput.named(
        name, order(new Batches(images.count(), size, seed() * STREAMS)), images, kind());
  }

  private BatchOrder order(Batches batches) {
    return new BatchOrder(batches, engine.rank(), engine.replicas());
  }

  private Device.Kind kind() {
    return engine.device().device().kind();
  }

  /** The random numbers of a counter's step. */
  public RandomKey draws(Expr counter) {
    return RandomKey.of(seed(), counter);
  }

  /** The views of a batch that the recipe draws, others in each step that a counter counts. */
  public ViewBatch views(ImageInput images, Expr counter, String stream) {
    return views(images, counter, stream, recipe.views());
  }

  /** As {@link #views(ImageInput, Expr, String)}, with other views than the recipe's. */
  public ViewBatch views(ImageInput images, Expr counter, String stream, Views views) {
    return images
        .cropping(recipe.views(views))
        .views(images.batch(), draws(counter).foldIn(stream).across(engine.replicas()))
        .across(engine.replicas());
  }

  /**
   * The views that the first step of pre-training sees of its first few images, on the scale of the
   * pictures, [0, 1] but for what augmentations do: each {@code [n, height, width, channels]}.
   *
   * @param most images
   */
  public ImmutableList<Array> firstViews(int most) {
    Expr counter = counter("shown/counter");
    try (ImageInput images = images("shown images", 0)) {
      Step step = Step.named("views");
      for (Expr view : views(images, counter, "pretrain").views()) {
        step =
            step.output(
                "view " + step.outputs().size(),
                view.slice(0, 0, Math.min(most, view.shape().dim(0)))
                    .times(Expr.constant(normalize.deviation()))
                    .plus(Expr.constant(normalize.mean())));
      }
      try (Program program = engine.compile(step)) {
        return program.run(images.feed(0).limitedTo(program)).all().values().asList();
      }
    }
  }

  /**
   * Trains for a number of passes through the data; the method's {@link
   * io.github.bilevel4j.ssl.SslMethod#onEpoch} assignments are made before each.
   *
   * @throws DivergedException telling each level's rate if variables have run away
   */
  public Outcome run(TrainingTask task, int epochs, Training training) {
    try (task) {
      return training
          .stepsPerEpoch(stepsPerEpoch())
          .hook(TrainingHook.epochStart(epoch -> assign("epoch", recipe.method().onEpoch())))
          .run(task.solver().get(), epochs * stepsPerEpoch(), task::feed);
    }
  }

  private Batches batches(int stream) {
    return new Batches(data().pretraining().count(), settings.batch(), seed() * STREAMS + stream);
  }
}
