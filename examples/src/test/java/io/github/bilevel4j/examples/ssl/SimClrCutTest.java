package io.github.bilevel4j.examples.ssl;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.eval.Paired;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.Guillotine;
import io.github.bilevel4j.experiment.LayerScores;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.ssl.HeadStages;
import io.github.bilevel4j.ssl.Preset;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A law of cutting (Bordes et al., 2023): of SimCLR with solo-learn's projector, trained until its
 * rate has fallen to zero, what enters the loss knows less than layers before it do. The pictures
 * are stripes in three directions and three tints. Views keep the direction and change the colors,
 * so that the loss has no use for the tint.
 */
class SimClrCutTest {
  private static final int SIDE = 12;
  private static final int EPOCHS = 60;
  private static final int[] SEEDS = {1, 2, 3};

  /** What tells classes. */
  private enum Classes {
    DIRECTION {
      @Override
      int of(int image) {
        return image % 3;
      }
    },
    TINT {
      @Override
      int of(int image) {
        return image / 3 % 3;
      }
    };

    abstract int of(int image);
  }

  private static LabeledImages pictures(Classes classes, int count, long seed) {
    Random random = new Random(seed);
    byte[][] all = new byte[count][SIDE * SIDE * 3];
    for (int i = 0; i < count; i++) {
      int phase = random.nextInt(6);
      for (int p = 0; p < all[i].length; p++) {
        int x = p / 3 % SIDE;
        int y = p / 3 / SIDE;
        int along = new int[] {x, y, x + y}[Classes.DIRECTION.of(i)] + phase;
        double level = 110 + 40 * Math.signum(along % 6 - 2.5) + 45 * random.nextGaussian();
        double tinted = p % 3 == Classes.TINT.of(i) ? level + 12 : level;
        all[i][p] = (byte) Math.max(0, Math.min(255, tinted));
      }
    }
    int[] labels = IntStream.range(0, count).map(classes::of).toArray();
    return LabeledImages.of(SIDE, SIDE, 3, all, labels, List.of("a", "b", "c"));
  }

  private static ImageDataset data(Classes classes, int seed) {
    return new ImageDataset(
        pictures(classes, 450, 2L * seed), pictures(classes, 900, 2L * seed + 1), "stripes");
  }

  private static Engine engine() {
    return Evaluation.open(Precision.FLOAT32);
  }

  /** The scores of an early and the last layers after a training. */
  private static LayerScores trained(int seed) {
    try (Engine engine = engine()) {
      Experiment experiment =
          Experiment.of(
              ExperimentSettings.of(
                      data(Classes.TINT, seed),
                      (scope, side) -> TinyEncoder.of(scope, 16, 32, 64),
                      BuiltInMethod.SIMCLR)
                  .preset(Preset.SOLO)
                  .batch(90)
                  .epochs(EPOCHS)
                  .seed(seed),
              engine);
      experiment.run(experiment.pretraining(), EPOCHS, Training.named("simclr"));
      Guillotine layers =
          Guillotine.of(experiment, SimClrCutTest::engine).only(List.of("stem", "pool"));
      return new LayerScores(
          Arrays.stream(Classes.values())
              .flatMap(to -> layers.measured(to.name(), data(to, seed)).stream())
              .collect(ImmutableList.toImmutableList()));
    }
  }

  @Test
  void whatTheLossHasNoUseForIsGainedByCutting() {
    double[] best = new double[SEEDS.length];
    double[] out = new double[SEEDS.length];
    for (int i = 0; i < SEEDS.length; i++) {
      LayerScores scores = trained(SEEDS[i]);
      assertThat(scores.at("DIRECTION", HeadStages.PROJECTOR_OUT).top1()).isGreaterThan(97);
      best[i] = scores.best("TINT").top1();
      out[i] = scores.at("TINT", HeadStages.PROJECTOR_OUT).top1();
    }
    Paired gain = Paired.of(best, out);
    assertThat(gain.mean()).isGreaterThan(2 * gain.standardError());
    assertThat(gain.low()).isPositive();
  }
}
