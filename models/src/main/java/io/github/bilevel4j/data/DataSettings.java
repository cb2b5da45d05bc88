package io.github.bilevel4j.data;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.problem.Settings;
import java.util.Optional;
import java.util.OptionalInt;
import org.immutables.value.Value;

/** How a data set is read. */
@Value.Immutable
@Settings
public abstract class DataSettings {
  DataSettings() {}

  /** Everything of it, as it is. */
  public static DataSettings of() {
    return ImmutableDataSettings.of();
  }

  /** Whether damaged images are left out, with a warning that names them. */
  @Value.Default
  public boolean skipDamaged() {
    return false;
  }

  /** Whether downloads are compared with their published checksums (MD5). */
  @Value.Default
  public boolean verify() {
    return false;
  }

  /** Which parts pre-training sees, of a data set with unlabeled images. */
  @Value.Default
  public PretrainingPart pretrainOn() {
    return PretrainingPart.UNLABELED_AND_TRAIN;
  }

  /** A list of the images of the train part that are used; see {@link SubsetList}. */
  public abstract Optional<String> subset();

  /**
   * The classes that are used of a folder, numbered by their places: {@code imagenet-100}, or a
   * file with a name on a line.
   */
  public abstract Optional<String> classes();

  /** The side of the square to which pictures of a folder are brought. */
  public abstract OptionalInt imageSize();

  /** With damaged images left out or not. */
  public abstract DataSettings skipDamaged(boolean skipped);

  /** With checksums compared or not. */
  public abstract DataSettings verify(boolean verified);

  /** With other parts for pre-training. */
  public abstract DataSettings pretrainOn(PretrainingPart parts);

  /** With a list of the train part's images. */
  public abstract DataSettings subset(String list);

  /** With a list of classes. */
  public abstract DataSettings classes(String list);

  /** With pictures brought to a square of this side. */
  public abstract DataSettings imageSize(int side);

  @Value.Check
  void check() {
    imageSize().ifPresent(side -> Require.in("image size").atLeast(1, "value", side));
  }
}
