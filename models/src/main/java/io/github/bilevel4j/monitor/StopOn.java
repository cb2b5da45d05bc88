package io.github.bilevel4j.monitor;

import java.util.List;
import java.util.Locale;

/** What a {@link StopRule} watches, at the last of the stages that are measured. */
public enum StopOn {
  /** The coding-rate reduction falls. */
  CRR("crr", 1),
  /** The loss of held-out images rises, so that the gap to that of seen ones opens. */
  GAP("loss_heldout", -1),
  /** RankMe falls. */
  RANKME("rankme", 1);

  private final String metric;
  private final int sign;

  StopOn(String metric, int sign) {
    this.metric = metric;
    this.sign = sign;
  }

  /** What is watched, of which more is better. */
  public double value(MonitorRow row) {
    return sign * row.value(metric);
  }

  /**
   * The rule after the rows of one stage in one training, in their order.
   *
   * @throws io.github.bilevel4j.check.UsageError if a value is not finite
   */
  public StopRule after(List<MonitorRow> rows) {
    StopRule rule = new StopRule();
    rows.forEach(row -> rule.add(value(row)));
    return rule;
  }

  /** The name on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
