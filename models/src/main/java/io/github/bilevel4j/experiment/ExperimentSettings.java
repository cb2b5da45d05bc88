package io.github.bilevel4j.experiment;

import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Preset;
import java.util.Optional;
import org.immutables.value.Value;

/** What an experiment is made of. */
@Value.Immutable
@Settings
public abstract class ExperimentSettings {
  ExperimentSettings() {}

  /** The defaults for a method on an encoder and images. */
  public static ExperimentSettings of(ImageDataset data, EncoderSpec encoder, MethodRecipe method) {
    return ImmutableExperimentSettings.of(data, encoder, method);
  }

  /** The images; the method trains on their train part. */
  @Value.Parameter
  public abstract ImageDataset data();

  /** The encoder. */
  @Value.Parameter
  public abstract EncoderSpec encoder();

  /** The method. */
  @Value.Parameter
  public abstract MethodRecipe method();

  /** Where the method's settings come from. */
  @Value.Default
  public Preset preset() {
    return Preset.QUICK;
  }

  /** The number of epochs of pre-training. */
  @Value.Default
  public int epochs() {
    return 50;
  }

  /** The number of images in a batch. */
  @Value.Default
  public int batch() {
    return 128;
  }

  /** What every draw follows from: same seed, same numbers. */
  @Value.Default
  public long seed() {
    return 1;
  }

  /** How the images are normalized; by default by the mean and deviation of the train part. */
  public abstract Optional<Normalize> normalization();

  /** With other images. */
  public abstract ExperimentSettings data(ImageDataset data);

  /** With a method's settings of another source. */
  public abstract ExperimentSettings preset(Preset preset);

  /** With another number of epochs of pre-training. */
  public abstract ExperimentSettings epochs(int epochs);

  /** With another number of images in a batch. */
  public abstract ExperimentSettings batch(int images);

  /** With another normalization of the images. */
  public abstract ExperimentSettings normalization(Normalize normalization);

  /** With another seed. */
  public abstract ExperimentSettings seed(long seed);

  @Value.Check
  void check() {
    Require.in("experiment").atLeast(1, "epochs", epochs()).atLeast(1, "batch", batch());
  }
}
