package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * What is known of the variables that hold what a step computes for later ones: which hold anything
 * at present, and which do so in bfloat16.
 */
final class KeptValues {
  private final Set<Leaf> present = Collections.newSetFromMap(new WeakHashMap<>());
  private final Set<Leaf> rounded = Collections.newSetFromMap(new WeakHashMap<>());

  /** Those that a step reads, and those that it assigns. */
  record OfStep(ImmutableSet<Leaf> read, ImmutableSet<Leaf> assigned) {
    static OfStep of(Step step, Iterable<Expr> expanded) {
      ImmutableSet.Builder<Leaf> read = ImmutableSet.builder();
      for (Expr node : Expr.nodesOf(expanded)) {
        if (node.op() instanceof Leaf leaf && holds(leaf)) {
          read.add(leaf);
        }
      }
      ImmutableSet.Builder<Leaf> assigned = ImmutableSet.builder();
      step.updates().stream()
          .map(update -> (Leaf) update.variable().op())
          .filter(KeptValues::holds)
          .forEach(assigned::add);
      return new OfStep(read.build(), assigned.build());
    }

    /** Those that the step assigns without reading them: their last values are of no use to it. */
    Set<Leaf> freed() {
      return Sets.difference(assigned, read);
    }
  }

  /** Whether a leaf is such a variable. */
  static boolean holds(Leaf leaf) {
    return leaf instanceof Leaf.Variable variable && variable.isKept();
  }

  /** Whether a leaf has a value on the device, as all have but kept values. */
  boolean isPresent(Leaf leaf) {
    return !holds(leaf) || present.contains(leaf);
  }

  /** Notes that leaves were assigned. */
  void assigned(Set<? extends Leaf> leaves) {
    Sets.filter(leaves, KeptValues::holds).forEach(present::add);
  }

  /** Notes that a step begins, which may fail after it has freed what it assigns. */
  void begin(OfStep step) {
    present.removeAll(step.freed());
  }

  /**
   * Refuses a read of what no step has assigned.
   *
   * @throws UsageError if a leaf has no value
   */
  void requirePresent(String operation, Set<? extends Leaf> read) {
    for (Leaf leaf : read) {
      if (!isPresent(leaf)) {
        throw UsageError.in(operation)
            .because("a kept value is read before a step has assigned it")
            .row("variable", leaf.label(), leaf.shape().toString())
            .maybe("the step that computes it did not run, or failed.");
      }
    }
  }

  /** Whether a value is kept in bfloat16. */
  boolean isRounded(Leaf leaf) {
    return rounded.contains(leaf);
  }

  /** Keeps a value in bfloat16 from now on. */
  void round(Leaf.Variable kept) {
    rounded.add(kept);
  }
}
