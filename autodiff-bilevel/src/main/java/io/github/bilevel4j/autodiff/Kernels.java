package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What each class of primitives computes, in double precision and as plainly as possible. */
final class Kernels {

  /** The values of a primitive's result, given its shape and the values of the inputs. */
  @FunctionalInterface
  interface Kernel<O extends Op> {
    Array apply(O op, Shape shape, List<Array> in);
  }

  private static final ImmutableMap<Class<?>, Kernel<?>> ALL =
      ImmutableMap.copyOf(
          new Kernels()
              .and(ElementwiseKernels::register)
              .and(LayoutKernels::register)
              .and(MatrixKernels::register)
              .and(ImageKernels::register)
              .and(NormalizationKernels::register)
              .and(OrderingKernels::register)
              .and(CollectiveKernels::register)
              .kernels);

  private final Map<Class<?>, Kernel<?>> kernels = new HashMap<>();

  private Kernels() {}

  <O extends Op> Kernels kernel(Class<O> op, Kernel<O> kernel) {
    kernels.put(op, kernel);
    return this;
  }

  private Kernels and(Consumer<Kernels> table) {
    table.accept(this);
    return this;
  }

  static <O extends Op> Array apply(O op, Shape shape, List<Array> in) {
    Class<?> key = op instanceof Enum<?> constant ? constant.getDeclaringClass() : op.getClass();
    // Registration accepts a kernel only together with the class of its own primitive.
    @SuppressWarnings("unchecked")
    Kernel<O> kernel = (Kernel<O>) ALL.get(key);
    if (kernel == null) {
      throw new IllegalArgumentException("no kernel for " + op.label());
    }
    return kernel.apply(op, shape, in);
  }
}
