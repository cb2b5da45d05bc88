package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.monitor.MonitorSettings;
import io.github.bilevel4j.monitor.RateForm;
import io.github.bilevel4j.monitor.UnlabeledSplit;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What is measured while an encoder is trained. */
final class MonitorOptions {
  private static final String NAME = "--monitor";

  @Option(
      names = NAME,
      paramLabel = "EPOCHS",
      description =
          "every so many epochs, measure an early and the last stage on a tenth of the unlabeled"
              + " images, which is held out from training: coding-rate reduction of pairs of views,"
              + " RankMe, LiDAR, alpha-ReQ, effective rank, alignment, uniformity, TwoNN, and the loss of"
              + " held-out and of seen images; written to monitor.csv")
  private Integer every;

  @Option(
      names = "--monitor-stages",
      split = ",",
      paramLabel = "STAGE",
      description = "the stages, the one that decides last (default: the second and the last)")
  private List<String> stages;

  @Option(
      names = "--monitor-images",
      paramLabel = "N",
      description =
          "how many are held out from training, also if nothing is measured (default: a tenth)")
  private Integer images;

  @Option(
      names = "--monitor-probe",
      negatable = true,
      description =
          "also nearest neighbors and a linear probe, on the labeled parts (default: if there are"
              + " labels)")
  private Boolean probe;

  @Option(
      names = "--monitor-neighbors",
      paramLabel = "K",
      description = "neighbors that vote (default: 5)")
  private Integer neighbors;

  @Option(
      names = "--monitor-form",
      paramLabel = "FORM",
      description =
          "by what the coding rate is reduced: pairs (each image is a class, of whose two views),"
              + " soft (each view is one, to which the others belong by similarity) or labels"
              + " (default: pairs)")
  private RateForm form;

  private Optional<UnlabeledSplit> split = Optional.empty();

  /** The settings with the images that are left for training. */
  ExperimentSettings on(ExperimentSettings settings) {
    return on(settings, false);
  }

  /**
   * As {@link #on(ExperimentSettings)}.
   *
   * @param always whether the training itself needs held-out images, so that some are without a
   *     monitor, too
   */
  ExperimentSettings on(ExperimentSettings settings, boolean always) {
    if (every == null) {
      refuse("--monitor-stages", stages);
      refuse("--monitor-probe", probe);
      refuse("--monitor-neighbors", neighbors);
      refuse("--monitor-form", form);
      if (!always && images == null) {
        return settings;
      }
    }
    UnlabeledSplit parts =
        images == null
            ? UnlabeledSplit.of(settings.data(), settings.seed())
            : UnlabeledSplit.of(settings.data(), images, settings.seed());
    split = Optional.of(parts);
    return settings.data(parts.data());
  }

  /** Refuses an option that means nothing without a monitor. */
  void refuse(String option, Object given) {
    if (every == null && given != null) {
      throw UsageError.in(option)
          .because("nothing is measured while the encoder is trained")
          .maybe("%s 5 was meant, too.", NAME);
    }
  }

  /** The images that are held out; empty if none are. */
  Optional<LabeledImages> heldOut() {
    return split.map(UnlabeledSplit::heldOut);
  }

  /** The monitor of an experiment, checked; empty if none is asked for. */
  Optional<Monitor> of(Experiment experiment, DeviceOptions device) {
    return (every == null ? Optional.<UnlabeledSplit>empty() : split)
        .map(
            parts ->
                Monitor.of(experiment, parts.heldOut(), settings(experiment), device::openAnother));
  }

  private MonitorSettings settings(Experiment experiment) {
    MonitorSettings chosen =
        MonitorSettings.every(
            every,
            experiment.encoder().stages(),
            probe == null ? experiment.data().hasClasses() : probe);
    return new MonitorSettings(
        every,
        stages == null ? chosen.stages() : ImmutableList.copyOf(stages),
        chosen.probe(),
        neighbors == null ? chosen.neighbors() : neighbors,
        form == null ? chosen.form() : form);
  }
}
