package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.DataSettings;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on pictures of different sizes, which stay in their files. */
class StreamedTrainingTest {
  private static final int SIDE = 32;

  @TempDir private Path folder;

  @BeforeEach
  void drawPictures() throws IOException {
    Random random = new Random(3);
    for (int i = 0; i < 24; i++) {
      BufferedImage image = new BufferedImage(40 + i, 70 - i, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < image.getWidth() * image.getHeight(); p++) {
        image.setRGB(p % image.getWidth(), p / image.getWidth(), random.nextInt(1 << 24));
      }
      Path file = picture(i);
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
  }

  private Path picture(int number) {
    String part = number < 16 ? "train" : "test";
    return folder.resolve(part).resolve("class" + number % 2).resolve(number + ".png");
  }

  private ImageDataset data() {
    return DataSource.read(folder.toString(), DataSettings.of().imageSize(SIDE));
  }

  private static Engine cpu() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
  }

  private static Experiment experiment(ImageDataset data, BuiltInMethod method, Engine engine) {
    return Experiment.of(
        ExperimentSettings.of(data, EncoderKind.SMALL, method).batch(4).seed(5), engine);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("images-"))
        .count();
  }

  private static ImmutableMap<String, Array> trained(ImageDataset data) {
    try (Engine engine = cpu()) {
      Experiment experiment = experiment(data, BuiltInMethod.BYOL, engine);
      experiment.run(experiment.pretraining(), 2, Training.named("pretrain"));
      UmmTraining.bilevel(experiment, draws -> UmmSettings.after("layer1"))
          .run(1, Training.named("umm"));
      return engine.read(experiment.weights());
    }
  }

  @Test
  void trainingIsRepeatedToTheBitAndLeavesNoThread() {
    ImageDataset data = data();
    assertThat(data.train().hasOriginals()).isTrue();
    ImmutableMap<String, Array> once = trained(data);
    assertThat(threads()).isZero();
    assertThat(trained(data)).isEqualTo(once);
  }

  @Test
  void eachViewIsFedCropsOfItsOwn() {
    try (Engine engine = cpu()) {
      Experiment experiment = experiment(data(), BuiltInMethod.SIMCLR, engine);
      try (TrainingTask task = experiment.pretraining()) {
        assertThat(task.inputs()).hasSize(1);
        assertThat(task.inputs().get(0).inputs())
            .extracting(input -> input.name() + " " + input.shape())
            .containsExactly("images/crop 1 [4, 32, 32, 3]", "images/crop 2 [4, 32, 32, 3]");
      }
    }
  }

  @Test
  void anyStepCanBeFedWhateverWasFedBefore() {
    ImageDataset data = data();
    ImmutableList<Array> fifth = fed(data, 5);
    assertThat(fed(data, 0, 1, 2, 3, 4, 5)).isEqualTo(fifth);
    assertThat(fed(data, 9, 5)).isEqualTo(fifth);
    assertThat(fed(data, 6)).isNotEqualTo(fifth);
  }

  /** What the last one of some steps is fed. */
  private static ImmutableList<Array> fed(ImageDataset data, int... steps) {
    try (Engine engine = cpu();
        TrainingTask task = experiment(data, BuiltInMethod.SIMCLR, engine).pretraining()) {
      ImmutableList<Expr> inputs = task.inputs().get(0).inputs();
      ImmutableList<Array> last = ImmutableList.of();
      for (int step : steps) {
        last = task.feed(step).valuesFor("fed", inputs).values().asList();
      }
      return last;
    }
  }

  @Test
  void damageDuringARunEndsItWithTheFilesName() throws IOException {
    ImageDataset data = data();
    try (Engine engine = cpu()) {
      Experiment experiment = experiment(data, BuiltInMethod.SIMCLR, engine);
      Files.writeString(picture(7), "no picture any more");
      TrainingTask task = experiment.pretraining();
      assertThatThrownBy(() -> experiment.run(task, 1, Training.named("pretrain")))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("train/class1/7.png")
          .hasMessageContaining("neither a JPEG nor a PNG");
    }
    assertThat(threads()).isZero();
  }
}
