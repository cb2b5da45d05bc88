package io.github.bilevel4j.backend.tensorflow;

import com.sun.management.OperatingSystemMXBean;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Leaf;
import java.lang.management.ManagementFactory;

/**
 * Whether single arrays of a step are larger than any memory for them: a run would take all there
 * is before it failed.
 */
final class MemoryNeeds {
  private MemoryNeeds() {}

  /**
   * Fails if an output does not fit into Java's memory, or a value, unless it is a broadcast, which
   * need not exist, into that of the machine.
   */
  static void require(Step step, Iterable<Expr> expanded, Precision precision) {
    String operation = "compile \"" + step.name() + "\"";
    long java = Runtime.getRuntime().maxMemory();
    step.outputs()
        .forEach(
            (name, output) -> {
              if (output.shape().size() * Double.BYTES > java) {
                throw tooLarge(operation, output, Double.BYTES, "Java", java);
              }
            });
    long machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    for (Expr node : Expr.nodesOf(expanded)) {
      int bytes = isSamples(node) ? 1 : precision.bytes();
      if (node.shape().size() * bytes > machine && !(node.op() instanceof BroadcastTo)) {
        throw tooLarge(operation, node, bytes, "the machine", machine);
      }
    }
  }

  private static boolean isSamples(Expr node) {
    return node.op() instanceof Leaf.Constant constant && constant.value().samples().isPresent();
  }

  private static UsageError tooLarge(
      String operation, Expr value, int bytes, String owner, long memory) {
    long needed = value.shape().size() * bytes;
    return UsageError.in(operation)
        .because("one array needs %d MiB, %s has %d MiB", needed >> 20, owner, memory >> 20)
        .row("array", value.label(), value.shape().toString())
        .maybe("it should be computed in parts, or a size is wrong.");
  }
}
