package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import java.util.List;

/**
 * A problem's own updates with micro-batches: what is computed from a batch, such as a running
 * statistic, is the mean over the micro-batches; the others, such as a moving average of the
 * variables, are made once.
 */
record AccumulatedUpdates(ImmutableList<Update> ofBatches, ImmutableList<Update> others) {
  static AccumulatedUpdates of(List<Update> updates) {
    ImmutableList.Builder<Update> ofBatches = ImmutableList.builder();
    ImmutableList.Builder<Update> others = ImmutableList.builder();
    for (Update update : updates) {
      (isFed(update.value()) ? ofBatches : others).add(update);
    }
    return new AccumulatedUpdates(ofBatches.build(), others.build());
  }

  private static boolean isFed(Expr value) {
    return Iterables.any(Expr.nodesOf(List.of(value)), node -> node.op() instanceof Leaf.Input);
  }

  /** What is to be averaged. */
  Vector values() {
    ImmutableMap.Builder<String, Expr> values = ImmutableMap.builder();
    for (int i = 0; i < ofBatches.size(); i++) {
      values.put(String.valueOf(i), ofBatches.get(i).value());
    }
    return Vector.of(values.buildOrThrow());
  }

  /** All assignments, given the mean of {@link #values}. */
  ImmutableList<Update> with(Vector means) {
    ImmutableList.Builder<Update> all = ImmutableList.builder();
    for (int i = 0; i < ofBatches.size(); i++) {
      all.add(new Update(ofBatches.get(i).variable(), means.get(String.valueOf(i))));
    }
    return all.addAll(others).build();
  }
}
