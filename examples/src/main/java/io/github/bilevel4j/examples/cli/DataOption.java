package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.DataSettings;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.ImageSource;
import io.github.bilevel4j.data.PretrainingPart;
import io.github.bilevel4j.examples.source.Instances;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where images come from. */
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "SOURCE",
      description =
          "builtin (figures) or textures, which are drawn; CIFAR-10, CIFAR-100, STL-10 or Tiny"
              + " ImageNet as downloaded or unpacked; a folder or zip file with train/CLASS/* and"
              + " test/CLASS/* or val/, or of pictures without classes; cifar10:PATH or"
              + " cifar100:PATH; or the full name of a class (default: ${DEFAULT-VALUE})")
  String source = "builtin";

  @Option(
      names = "--skip-damaged",
      description =
          "leave out pictures that cannot be read, with a warning; list --damaged tells which")
  boolean skipDamaged;

  @Option(
      names = "--verify",
      description = "compare what was downloaded with the published sizes and checksums")
  boolean verify;

  @Option(
      names = "--subset",
      paramLabel = "LIST",
      description =
          "the images of the train part that are used: a file with a position or"
              + " train/CLASS/NAME on each line, with or without a class number behind, or .npy;"
              + " FILE#K for the positions on line K")
  String subset;

  @Option(
      names = "--classes",
      paramLabel = "LIST",
      description =
          "the classes of a folder that are used, numbered by their places: imagenet-100 or a"
              + " file with a name on each line")
  String classes;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description =
          "bring pictures to N x N: the shorter side is resized to 8/7 N and the middle cut out"
              + " (default: as they are; if they differ in size, their smallest shorter side,"
              + " but at least 32 and at most 224)")
  Integer imageSize;

  @Option(
      names = "--pretrain-on",
      paramLabel = "PARTS",
      description =
          "what pre-training sees of STL-10: unlabeled+train, unlabeled or train (default:"
              + " ${DEFAULT-VALUE})")
  PretrainingPart pretrainOn = PretrainingPart.UNLABELED_AND_TRAIN;

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if they cannot be used
   */
  ImageDataset read() {
    if (isFile()) {
      return DataSource.read(source, settings());
    }
    Optional<ImageSource> own = Instances.ofName(ImageSource.class, source);
    if (own.isPresent() && !settings().equals(DataSettings.of())) {
      throw UsageError.in("--data")
          .because("a class reads by itself, but there are options for reading")
          .value("class", source)
          .maybe("leave --subset and the like out.");
    }
    return own.map(ImageSource::read).orElseGet(() -> DataSource.read(source, settings()));
  }

  /** The options that decide which images there are, as far as they are given. */
  ImmutableMap<String, String> choices() {
    ImmutableMap.Builder<String, String> choices = ImmutableMap.builder();
    if (subset != null) {
      choices.put("subset", subset);
    }
    if (classes != null) {
      choices.put("classes", classes);
    }
    if (imageSize != null) {
      choices.put("image-size", imageSize.toString());
    }
    if (pretrainOn != PretrainingPart.UNLABELED_AND_TRAIN) {
      choices.put("pretrain-on", pretrainOn.toString());
    }
    return choices.buildOrThrow();
  }

  private boolean isFile() {
    try {
      return Files.exists(Path.of(source));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private DataSettings settings() {
    DataSettings settings =
        DataSettings.of().skipDamaged(skipDamaged).verify(verify).pretrainOn(pretrainOn);
    settings = subset == null ? settings : settings.subset(subset);
    settings = classes == null ? settings : settings.classes(classes);
    return imageSize == null ? settings : settings.imageSize(imageSize);
  }
}
