package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.data.DataSettings;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.ImageSource;
import io.github.bilevel4j.examples.source.Instances;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where images come from. */
final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "SOURCE",
      description =
          "builtin, a folder or zip file with train/CLASS/* and test/CLASS/*, cifar10:DIR or"
              + " cifar100:DIR, or the full name of a class (default: ${DEFAULT-VALUE})")
  String source = "builtin";

  @Option(
      names = "--skip-damaged",
      description =
          "leave out pictures that cannot be read, with a warning; list --damaged tells which")
  boolean skipDamaged;

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if they cannot be used
   */
  ImageDataset read() {
    return isFile()
        ? readFiles()
        : Instances.ofName(ImageSource.class, source)
            .map(ImageSource::read)
            .orElseGet(this::readFiles);
  }

  private boolean isFile() {
    try {
      return Files.exists(Path.of(source));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private ImageDataset readFiles() {
    return DataSource.read(source, DataSettings.of().skipDamaged(skipDamaged));
  }
}
