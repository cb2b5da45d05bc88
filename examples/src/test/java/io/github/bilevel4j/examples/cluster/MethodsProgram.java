package io.github.bilevel4j.examples.cluster;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.FeatureDensity;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.experiment.Agreement;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.ImageInput;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.information.Density;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What {@link ReplicasTest} trains in one process and in several: loss curves, and a weighted sum
 * of each variable that the training ends with, queues and averages too.
 */
public final class MethodsProgram {
  /** Methods, and UMM of SimCLR in some settings. */
  static final ImmutableList<String> METHODS =
      ImmutableList.of(
          "MOCO_V2", "SWAV", "WMSE", "VICREGL", "BCL_I", "UMM_CG", "UMM_PROJECTED", "UMM_NORMS");

  private static final int SIDE = 16;
  private static final int IMAGES = 32;
  private static final int BATCH = 16;
  private static final int TIMEOUT_SECONDS = 200;

  private static final UmmSettings UMM = UmmSettings.after("stem").rate(1e-3).steps(2);
  private static final ImmutableMap<String, UmmSettings> SETTINGS =
      ImmutableMap.of(
          "UMM", UMM.estimator(Unrolled.exact()),
          "UMM_CG", UMM.estimator(Implicit.by(ConjugateGradient.steps(3))),
          "UMM_PROJECTED",
              UMM.estimator(Unrolled.exact())
                  .density(FeatureDensity.projected(2, RandomKey.fixed(6))),
          // Another loss, as a multiple, would give another density.
          "UMM_NORMS",
              UMM.estimator(Unrolled.exact())
                  .density((last, loss, early) -> Density.logGradientNorms(loss, early).exp()));

  private final Engine engine;
  private final List<String> lines = new ArrayList<>();

  private MethodsProgram(Engine engine) {
    this.engine = engine;
  }

  /** Lines of a name, a tab and a number. */
  static List<String> results(Engine engine, List<String> methods, int steps) {
    MethodsProgram program = new MethodsProgram(engine);
    methods.forEach(name -> program.train(name, steps));
    return program.lines;
  }

  private static ImageDataset noise() {
    Random random = new Random(1);
    byte[][] images = new byte[IMAGES][SIDE * SIDE * 3];
    for (byte[] image : images) {
      random.nextBytes(image);
    }
    LabeledImages all = LabeledImages.of(SIDE, SIDE, 3, images, new int[IMAGES], List.of("noise"));
    return new ImageDataset(all, all, "noise");
  }

  private void train(String name, int steps) {
    BuiltInMethod method =
        SETTINGS.containsKey(name) ? BuiltInMethod.SIMCLR : BuiltInMethod.valueOf(name);
    Experiment experiment =
        Experiment.of(
            ExperimentSettings.of(noise(), (scope, side) -> TinyEncoder.of(scope, 4, 8), method)
                .epochs(steps)
                .batch(BATCH),
            engine);
    try (TrainingTask task =
        SETTINGS.containsKey(name)
            ? umm(experiment, SETTINGS.get(name))
            : experiment.pretraining()) {
      Solver solver = task.solver().get();
      for (int step = 0; step < steps; step++) {
        for (var measured : solver.step(task.feed(step)).entrySet()) {
          lines.add(
              "%s, step %d, %s\t%s".formatted(name, step, measured.getKey(), measured.getValue()));
        }
      }
    }
    engine
        .read(experiment.weights())
        .forEach(
            (variable, value) -> {
              double sum = 0;
              for (int i = 0; i < value.size(); i++) {
                sum += value.at(i) * Math.cos(i);
              }
              lines.add("%s, %s\t%s".formatted(name, variable, sum));
            });
  }

  private TrainingTask umm(Experiment experiment, UmmSettings settings) {
    ImageInput inner = experiment.images("inner", 1);
    ImageInput outer = experiment.images("outer", 2);
    Expr counter = Experiment.counter("umm/counter");
    return TrainingTask.of(
        Umm.problem(
                experiment.encoder(),
                experiment.views(inner, counter, "inner"),
                experiment.views(outer, counter, "outer"),
                settings)
            .updating(List.of(Experiment.counted(counter))),
        engine,
        ImmutableList.of(inner, outer));
  }

  /**
   * Trains as one replica.
   *
   * @param arguments addresses, rank, number of steps, methods, and the file of the results
   */
  public static void main(String[] arguments) throws IOException {
    int rank = Integer.parseInt(arguments[1]);
    Cluster cluster =
        Cluster.of(Splitter.on(',').splitToList(arguments[0]), rank)
            .within(Duration.ofSeconds(TIMEOUT_SECONDS));
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64, cluster)) {
      Path file = Path.of(arguments[4]);
      List<String> lines = new ArrayList<>();
      try {
        Agreement.among(engine)
            .requireSame("cluster", ImmutableMap.of("--batch", "16", "--seed", "" + rank));
      } catch (UsageError refused) {
        lines.add("refused\t" + refused.getMessage().replace('\n', ' '));
      }
      for (String method : Splitter.on(',').split(arguments[3])) {
        lines.addAll(results(engine, List.of(method), Integer.parseInt(arguments[2])));
        Files.write(file, lines);
      }
      Agreement.among(engine).await();
    }
  }
}
