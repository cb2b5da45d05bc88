package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.primitives.Longs;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Named arrays that are asked for one at a time, as they are written to a file or a device: of
 * those that are on a device or in a file the host need not hold them all.
 */
public final class ArraySource {
  private final ImmutableMap<String, Shape> shapes;
  private final Function<String, Array> arrays;

  private ArraySource(Map<String, Shape> shapes, Function<String, Array> arrays) {
    this.shapes = ImmutableMap.copyOf(shapes);
    this.arrays = arrays;
  }

  /** Arrays that the host holds. */
  public static ArraySource of(Map<String, Array> arrays) {
    return new ArraySource(
        Maps.transformValues(arrays, Array::shape),
        name -> Objects.requireNonNull(arrays.get(name)));
  }

  /** The values that variables have when they are asked for. */
  public static ArraySource of(Variables variables, Engine engine) {
    return new ArraySource(
        Maps.transformValues(variables.leaves(), Expr::shape),
        name -> engine.read(variables.get(name)));
  }

  /** What a file has, read when it is asked for. */
  static ArraySource of(Path file, WeightsFile.Format format, Predicate<String> names) {
    try (WeightsFile open = WeightsFile.open(file, format)) {
      return new ArraySource(
          Maps.transformValues(
              Maps.filterKeys(open.shapes(), names::test),
              dims -> Shape.ofSizes(Longs.toArray(dims))),
          name -> {
            try (WeightsFile again = WeightsFile.open(file, format)) {
              return again.read(name);
            }
          });
    }
  }

  /** The shapes, in the order in which arrays are written. */
  public ImmutableMap<String, Shape> shapes() {
    return shapes;
  }

  /**
   * One of them.
   *
   * @throws UsageError if it is in a file that cannot be read any more
   */
  public Array array(String name) {
    return arrays.apply(name);
  }
}
