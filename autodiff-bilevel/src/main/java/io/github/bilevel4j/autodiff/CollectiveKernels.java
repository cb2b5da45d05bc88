package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.AllSum;

/** Sums over replicas, of which there is one here. */
final class CollectiveKernels {
  private CollectiveKernels() {}

  static void register(Kernels kernels) {
    kernels.kernel(
        AllSum.class,
        (op, shape, in) -> {
          requireOne(op.label(), op.replicas());
          return in.get(0);
        });
  }

  /** Requires that what is computed here alone is not a part of something. */
  static void requireOne(String operation, int replicas) {
    if (replicas != 1) {
      throw UsageError.in(operation)
          .because("the interpreter is one replica, not one of %d", replicas)
          .maybe("Replicas.together(...) was meant.");
    }
  }
}
