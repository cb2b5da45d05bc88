package io.github.bilevel4j.backend.tensorflow;

import com.sun.management.OperatingSystemMXBean;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.shape.Shape;
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
            (name, output) ->
                require(
                    operation,
                    "output \"" + name + "\"",
                    output.shape(),
                    Double.BYTES,
                    "Java",
                    java));
    long machine =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    for (Expr node : Expr.nodesOf(expanded)) {
      if (!(node.op() instanceof BroadcastTo)) {
        require(operation, node.label(), node.shape(), precision.bytes(), "the machine", machine);
      }
    }
  }

  private static void require(
      String operation, String what, Shape shape, int bytes, String owner, long memory) {
    long needed = shape.size() * bytes;
    if (needed > memory) {
      throw UsageError.in(operation)
          .because("one array needs %d MiB, %s has %d MiB", needed >> 20, owner, memory >> 20)
          .row("array", what, shape.toString())
          .maybe("it should be computed in parts, or a size is wrong.");
    }
  }
}
