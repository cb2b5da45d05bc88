package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.monitor.MonitorSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The self-supervised loss of held-out images at some moments, with the recipe's own views and the
 * same draws at each: what a value is chosen by where there are no labels.
 */
final class HeldOutLoss {
  private static final String COLUMN = "loss_heldout";

  private final Monitor monitor;
  private final Map<String, Double> losses = new LinkedHashMap<>();

  private HeldOutLoss(Monitor monitor) {
    this.monitor = monitor;
  }

  static HeldOutLoss of(Experiment x, LabeledImages images, DeviceOptions device) {
    List<String> last = List.of(x.encoder().stages().reverse().get(0));
    MonitorSettings settings = MonitorSettings.every(1, ImmutableList.copyOf(last), false);
    return new HeldOutLoss(Monitor.of(x, images, settings, device::openAnother));
  }

  /** Measures the encoder as it is, unless a run that is resumed had done so. */
  void measure(String moment, CommandRun run) {
    losses.put(
        moment,
        run.once(
            "held-out loss " + moment,
            Double.class,
            () -> monitor.measured(moment, 0, 0).get(0).values().get(COLUMN)));
    run.note("held-out loss", losses);
  }

  /** The moments with their losses. */
  @Override
  public String toString() {
    Table table = Table.of("when", "held-out loss");
    for (Map.Entry<String, Double> entry : losses.entrySet()) {
      table = table.formatted("%s|%.4f", entry.getKey(), entry.getValue());
    }
    return table.toString();
  }
}
