package io.github.bilevel4j.monitor;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import java.util.List;

/**
 * What is measured while an encoder is trained.
 *
 * @param every so many epochs, besides before the first and after the last
 * @param stages the early one and the last one, as a rule; the last in the list decides about a
 *     stop
 * @param probe whether nearest neighbors and a linear probe are fitted to the labeled train part,
 *     too, and judged on the test part
 * @param neighbors that vote
 * @param form of the coding-rate reduction
 */
public record MonitorSettings(
    int every, ImmutableList<String> stages, boolean probe, int neighbors, RateForm form) {
  private static final int NEIGHBORS = 5;

  /**
   * Checks the settings.
   *
   * @throws UsageError if there is no stage, or one is named twice, or a number is not positive
   */
  public MonitorSettings {
    Require.in("--monitor").atLeast(1, "epochs between two", every);
    Require.in("--monitor-neighbors").atLeast(1, "neighbors that vote", neighbors);
    if (stages.isEmpty() || stages.stream().distinct().count() < stages.size()) {
      throw UsageError.in("--monitor-stages")
          .because("they are not one stage or more, each once: %s", stages)
          .maybe("an early one and the last one were meant.");
    }
  }

  /**
   * Of an encoder's stages the second and the last.
   *
   * @param stages all that there are
   * @param probe as above; five neighbors vote, and the coding rate is reduced by pairs
   */
  public static MonitorSettings every(int epochs, List<String> stages, boolean probe) {
    return new MonitorSettings(
        epochs,
        ImmutableList.of(stages.get(Math.min(1, stages.size() - 1)), last(stages)).stream()
            .distinct()
            .collect(ImmutableList.toImmutableList()),
        probe,
        NEIGHBORS,
        RateForm.PAIRS);
  }

  /** The stage that decides. */
  public String last() {
    return last(stages);
  }

  private static String last(List<String> stages) {
    return stages.get(stages.size() - 1);
  }
}
