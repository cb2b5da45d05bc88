package io.github.bilevel4j.examples.bilevel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.ProceduralImages;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DataCleaningTest {

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  /** Sample i is of class i modulo 3: a unit vector in four dimensions, and noise. */
  private static Features clusters(int count, long seed) {
    Random random = new Random(seed);
    return Features.of(
        Array.fill(
            Shape.of(count, 4), i -> 0.4 * random.nextGaussian() + (i % 4 == i / 4 % 3 ? 1 : 0)),
        IntStream.range(0, count).map(i -> i % 3).toArray(),
        3);
  }

  @Test
  void findsWrongLabelsAmongClusters() {
    try (Engine engine = engine()) {
      CleaningData data =
          CleaningData.of(
              clusters(120, 1), clusters(60, 2), clusters(300, 3), new Draws(4), engine);
      DataCleaning cleaning = DataCleaning.of(data);
      assertThat(Arrays.stream(data.right().toDoubles()).sum()).isEqualTo(60);
      CleaningRun.Outcome outcome =
          CleaningRun.run(
              cleaning,
              cleaning.problem(30, Implicit.by(ConjugateGradient.steps(15))),
              20,
              Training.named("cleaning"),
              engine);
      assertThat(outcome.area()).isGreaterThan(0.9);
      assertThat(outcome.learned()).isGreaterThan(outcome.all());
      assertThat(outcome.right()).isGreaterThan(0.85);
    }
  }

  @Test
  void patchesOfOneColorSeeNothing() {
    byte[] gray = new byte[12 * 12 * 3];
    Arrays.fill(gray, (byte) 100);
    LabeledImages plain =
        LabeledImages.of(12, 12, 3, new byte[][] {gray}, new int[] {0}, List.of("gray"));
    ImageDataset shapes = ProceduralImages.shapes(10, 10, 0);
    PatchFeatures features = PatchFeatures.cutFrom(shapes.train(), 5, new Draws(1));
    try (Engine engine = engine()) {
      Array seen = features.of(plain, engine).matrix();
      assertThat(seen.shape()).isEqualTo(Shape.of(1, 10));
      for (double value : seen.toDoubles()) {
        assertThat(value).isLessThan(1e-12);
      }
      assertThat(features.of(shapes.test(), engine).matrix().at(0)).isGreaterThan(1e-3);
    }
  }
}
