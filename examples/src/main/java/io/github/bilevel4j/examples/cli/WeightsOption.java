package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.SavedNormalization;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.WeightsFile;
import io.github.bilevel4j.weights.WeightsImport;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The weights that a command is given: of a run of this program, or of another program. */
final class WeightsOption {
  /** In the metadata of what {@code import} wrote: the file that it came from. */
  static final String IMPORTED = "bilevel4j.imported";

  private final Path path;
  private final ForeignOptions options;

  WeightsOption(Path path, ForeignOptions options) {
    this.path = path;
    this.options = options;
  }

  private static boolean isForeign(WeightsFile file) {
    return !WeightsImport.isOwn(file) || file.metadata().containsKey(IMPORTED);
  }

  /** With the normalization of the weights, which those of a run tell. */
  ExperimentSettings on(ExperimentSettings settings) {
    if (options.normalizedBy != null) {
      return settings.normalization(options.normalizedBy.normalize());
    }
    try (WeightsFile file = WeightsFile.open(path)) {
      Optional<Normalize> saved = SavedNormalization.of(file.metadata());
      if (saved.isEmpty() && !isForeign(file)) {
        return settings;
      }
      return settings.normalization(saved.orElseGet(() -> byStem(file)));
    }
  }

  /** Which pictures the weights take, and who says so. */
  private String normalization(WeightsFile file, Experiment experiment) {
    String source = "as is usual for this stem";
    if (options.normalizedBy != null) {
      source = "as --normalized-by says";
    } else if (SavedNormalization.of(file.metadata()).isPresent()) {
      source = "as the weights' file tells";
    } else if (!isForeign(file)) {
      source = "by those of the train part, as the weights' file tells nothing";
    }
    Normalize by = experiment.normalize();
    return "pictures normalized with mean %s, deviation %s, %s"
        .formatted(text(by.mean()), text(by.deviation()), source);
  }

  private static String text(Array values) {
    return Arrays.stream(values.toDoubles())
        .mapToObj(value -> String.format(Locale.ROOT, "%.3f", value))
        .collect(Collectors.joining(" "));
  }

  private Normalize byStem(WeightsFile file) {
    return NormalizedBy.of(WeightsImport.architecture(file, prefix())).normalize();
  }

  private Optional<String> prefix() {
    return Optional.ofNullable(options.prefix);
  }

  /**
   * Puts encoder and heads into an experiment.
   *
   * @param told hears how pictures are normalized, and what was taken of another program's
   * @param operation that needs them
   * @throws UsageError if the method has a projector and the file has none
   */
  void withProjector(Experiment experiment, String operation, Consumer<String> told) {
    try (WeightsFile file = WeightsFile.open(path)) {
      told.accept(normalization(file, experiment));
      if (!isForeign(file)) {
        requireProjector(experiment, operation, file.shapes().keySet(), "");
        experiment.resume(path);
        return;
      }
      WeightsImport taken = experiment.take(file, prefix());
      requireProjector(experiment, operation, taken.names(), taken.heads());
      told.accept(taken.report());
    }
  }

  private void requireProjector(
      Experiment experiment, String operation, Set<String> there, String reason) {
    Variables projector = experiment.recipe().method().projector().variables();
    if (!projector.isEmpty() && !there.containsAll(projector.names())) {
      boolean hasOther = there.stream().anyMatch(name -> name.startsWith("projector/"));
      throw UsageError.in(operation)
          .because(
              hasOther ? "%s has another projector than the method" : "%s has no projector", path)
          .value("projector", reason.isEmpty() ? "wanted " + projector.names() : reason)
          .maybe(
              hasOther
                  ? "another --method or --preset was meant."
                  : "the folder of a run was meant; probe judges an encoder alone.");
    }
  }

  /**
   * Puts the weights into an experiment.
   *
   * @param own takes those of a run of this program
   * @param told hears how pictures are normalized, and what was taken of another program's
   */
  void into(Experiment experiment, BiConsumer<Experiment, Path> own, Consumer<String> told) {
    try (WeightsFile file = WeightsFile.open(path)) {
      told.accept(normalization(file, experiment));
      if (isForeign(file)) {
        told.accept(experiment.take(file, prefix()).report());
      } else {
        own.accept(experiment, path);
      }
    }
  }
}
