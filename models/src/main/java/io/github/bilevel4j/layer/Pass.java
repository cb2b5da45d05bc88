package io.github.bilevel4j.layer;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a network is used: which statistics normalize a batch, and what becomes of them. A training
 * pass collects the updates of running statistics while layers are applied; make a new one for each
 * step.
 */
public final class Pass {
  private static final Pass EVALUATION = new Pass(false, false, 1, new LinkedHashMap<>());
  private static final Pass BATCH_STATISTICS = new Pass(true, false, 1, new LinkedHashMap<>());

  private final boolean batchStatistics;
  private final boolean recording;
  private final int replicas;
  private final Map<Expr, Expr> recorded;

  private Pass(boolean batchStatistics, boolean recording, int replicas, Map<Expr, Expr> recorded) {
    this.batchStatistics = batchStatistics;
    this.recording = recording;
    this.replicas = replicas;
    this.recorded = recorded;
  }

  /** Normalizes with the running statistics, which stay as they are. */
  public static Pass evaluation() {
    return EVALUATION;
  }

  /** Normalizes with the batch's own statistics and collects the updates of the running ones. */
  public static Pass training() {
    return new Pass(true, true, 1, new LinkedHashMap<>());
  }

  /** Normalizes with the batch's own statistics and leaves the running ones as they are. */
  public static Pass batchStatistics() {
    return BATCH_STATISTICS;
  }

  /**
   * The same pass, collecting the same updates, for layers that are given one replica's rows of a
   * batch: its statistics are those of the rows of all replicas.
   *
   * @throws io.github.bilevel4j.check.UsageError if the number of replicas is below one
   */
  public Pass across(int newReplicas) {
    Require.in("pass").atLeast(1, "number of replicas", newReplicas);
    return new Pass(batchStatistics, recording, newReplicas, recorded);
  }

  /** The number of replicas that have rows of a batch. */
  public int replicas() {
    return replicas;
  }

  /** Whether a batch is normalized with its own statistics. */
  public boolean usesBatchStatistics() {
    return batchStatistics;
  }

  /**
   * Moves a running statistic towards a batch's, {@code r <- (1 - momentum) r + momentum b}, if
   * this is a training pass. Further moves of the same variable start where the one before ended.
   */
  public void updateRunning(Expr running, Expr batch, double momentum) {
    if (recording) {
      Expr before = recorded.getOrDefault(running, running);
      recorded.put(running, before.times(1 - momentum).plus(batch.times(momentum)));
    }
  }

  /** The updates collected so far, one for each running statistic. */
  public List<Update> updates() {
    return recorded.entrySet().stream()
        .map(entry -> new Update(entry.getKey(), entry.getValue()))
        .collect(ImmutableList.toImmutableList());
  }
}
