package io.github.bilevel4j.examples.umm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Recipe;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The three trainings of a tiny experiment: two epochs of pre-training have four steps. */
class UmmTrainingTest {
  private static final int IMAGES = 8;
  private static final int SIDE = 8;

  private final Engine engine = Evaluation.open(Precision.FLOAT64);
  private final Experiment experiment =
      Experiment.of(
          ExperimentSettings.of(
                  data(), (scope, side) -> TinyEncoder.of(scope, 2, 5), new TinySimClr())
              .epochs(2)
              .batch(IMAGES / 2),
          engine);
  private final UmmTraining bilevel =
      UmmTraining.bilevel(experiment, draws -> UmmSettings.after("stem"));
  private final UmmTraining singleLevel =
      UmmTraining.singleLevel(experiment, draws -> UmmSettings.after("stem"));
  private final UmmTraining joint =
      UmmTraining.joint(experiment, draws -> UmmSettings.after("stem"));

  private record TinySimClr() implements MethodRecipe {
    @Override
    public String id() {
      return "tiny";
    }

    @Override
    public Recipe recipe(MethodContext context) {
      return new Recipe(
          new SimClr(context.projector(context.mlp(5, 3)), NtXent.temperature(0.5)),
          Views.alike((x, draws) -> x.times(draws.uniform(x.shape().dim(0), 1, 1, 3))),
          Sgd.rate(0.1));
    }
  }

  private static ImageDataset data() {
    Random random = new Random(1);
    byte[][] images = new byte[IMAGES][SIDE * SIDE * 3];
    for (byte[] image : images) {
      random.nextBytes(image);
    }
    LabeledImages images8 =
        LabeledImages.of(SIDE, SIDE, 3, images, new int[IMAGES], List.of("noise"));
    return new ImageDataset(images8, images8, "noise");
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** The method's steps after an epoch, of so many before. */
  private double counted(double before, UmmTraining training) {
    engine.write(experiment.step(), Array.scalar(before));
    assertThat(training.run(1, Training.named("epoch")).steps()).isEqualTo(2);
    return engine.read(experiment.step()).scalarValue();
  }

  @Test
  void preTrainingLiesBehindUmm() {
    assertThat(counted(0, bilevel)).isEqualTo(4 + 2);
    assertThat(counted(7, bilevel)).isEqualTo(7 + 2);
    assertThat(counted(0, singleLevel)).isEqualTo(4 + 2);
    assertThat(counted(7, singleLevel)).isEqualTo(7 + 2);
  }

  @Test
  void jointTrainingBeginsAnewAndCountsPairs() {
    assertThat(counted(7, joint)).isEqualTo(2);
  }

  @Test
  void printedForms() {
    String levels =
        """
        umm: bi-level problem
          outer over     3 variables, 100 parameters
          objective      + alignment
                         + constraint
                         - 0.01 coding rate reduction
          stepped by     Adam, rate 3.0E-4
          inner over     3 variables, 100 parameters
          objective      + alignment
                         + constraint
                         + memorization
                         + 10.0 near
          solved by      1 x SGD, rate 0.05
          starting       at a given point
          hypergradient  exact, unrolled through the inner steps
        """;
    assertThat(bilevel.problem()).isEqualTo(levels);
    assertThat(singleLevel.problem())
        .isEqualTo(
            """
            single-level umm: minimization
              over           3 variables, 100 parameters
              objective      + alignment
                             + constraint
                             + memorization
                             - 0.01 coding rate reduction
              stepped by     Adam, rate 3.0E-4
            """);
    assertThat(joint.problem())
        .isEqualTo(
            """
            pretrain: minimization
              over           10 variables, 206 parameters
              objective      + alignment
                             + constraint
              stepped by     SGD, rate 0.1
            """
                + levels);
  }
}
