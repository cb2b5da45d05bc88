package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.umm.UmmControl;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.experiment.Experiment;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What repairs beyond UMM leave open. */
final class RepairOptions {
  /** The option that only these modes have which learn from held-out images. */
  static final String HYPER_RATE = "--hyper-rate";

  static final String INNER_VIEWS = "--inner-views";

  private static final String CHOICES =
      ": own, those of the method's recipe, or htdt, the stronger ones of --views htdt (default:"
          + " ${DEFAULT-VALUE})";

  @Option(names = INNER_VIEWS, description = "of the inner level's images" + CHOICES)
  private LevelViews innerViews = LevelViews.OWN;

  @Option(
      names = "--outer-views",
      description = "of the outer level's images, of all in one level" + CHOICES)
  private LevelViews outerViews = LevelViews.OWN;

  @Option(
      names = HYPER_RATE,
      defaultValue = "0.05",
      description =
          "rate of the Adam steps of what --mode held-out, proximal and picture-weights learn beside"
              + " weights (default: ${DEFAULT-VALUE})")
  private double hyperRate;

  /** Views by name. */
  enum LevelViews {
    OWN,
    HTDT;

    private Optional<Views> of(Experiment x) {
      return this == OWN ? Optional.empty() : Optional.of(UmmControl.strongViews(x));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the number. */
  void check() {
    Require.in(HYPER_RATE).positive("value", hyperRate);
  }

  /** Settings with these. */
  UmmSettings on(UmmSettings settings, Experiment x) {
    return settings
        .innerViews(innerViews.of(x))
        .outerViews(outerViews.of(x))
        .hyperOptimizer(UmmSettings.learning(hyperRate));
  }
}
