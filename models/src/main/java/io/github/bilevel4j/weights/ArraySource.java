package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Named arrays that are asked for one at a time, each once, as they are written: of those on a
 * device the host need not hold them all.
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

  /** The shapes, in the order in which arrays are written. */
  ImmutableMap<String, Shape> shapes() {
    return shapes;
  }

  /** One of them. */
  Array array(String name) {
    return arrays.apply(name);
  }
}
