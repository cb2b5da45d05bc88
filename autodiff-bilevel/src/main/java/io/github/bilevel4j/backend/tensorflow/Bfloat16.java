package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.check.UsageError;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;

/**
 * Whether a device computes in bfloat16. A kernel that is registered may still fail on a device
 * that is too old for it, so that a small convolution tells.
 */
final class Bfloat16 {
  /** Elements along each axis: what the kernels of GPUs for bfloat16 take without padding. */
  private static final int SIDE = 8;

  private static final Set<Device> ABLE = new HashSet<>();

  private Bfloat16() {}

  /**
   * Passes where the device can.
   *
   * @throws UsageError if it cannot, with its own reason
   */
  static synchronized void require(Device device) {
    if (!ABLE.contains(device)) {
      require(device, () -> convolve(device));
      ABLE.add(device);
    }
  }

  /** The same for what is to be computed. */
  static void require(Device device, Runnable convolution) {
    try {
      convolution.run();
    } catch (RuntimeException failure) {
      throw UsageError.in("open engine")
          .because("%s does not compute in bfloat16", device)
          .row("it says", RunFailure.firstLine(failure))
          .maybe("precision float32 was meant.");
    }
  }

  private static void convolve(Device device) {
    try (Graph graph = new Graph();
        Session session = new Session(graph, SessionSettings.withoutSubstitutes(device))) {
      Ops tf = Ops.create(graph);
      Ops there = SessionSettings.placement(device).map(tf::withDevice).orElse(tf);
      // Of constants TensorFlow would make the convolution itself, on the processor.
      Placeholder<TFloat32> fed = tf.placeholder(TFloat32.class);
      Operand<TBfloat16> x = there.dtypes.cast(fed, TBfloat16.class);
      Operand<TBfloat16> sums = there.nn.conv2d(x, x, List.of(1L, 1L, 1L, 1L), "VALID");
      try (TFloat32 any = TFloat32.tensorOf(Shape.of(1, SIDE, SIDE, SIDE))) {
        session
            .runner()
            .feed(fed, any)
            .fetch(there.dtypes.cast(sums, TFloat32.class))
            .run()
            .close();
      }
    }
  }
}
