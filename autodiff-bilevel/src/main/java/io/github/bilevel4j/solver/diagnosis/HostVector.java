package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.step.internal.VectorChange;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;

/** A vector's value on the host, in double precision, for comparisons of a few numbers. */
record HostVector(ImmutableMap<String, Array> components) {

  static HostVector of(Map<String, Array> components) {
    return new HostVector(ImmutableMap.copyOf(components));
  }

  /** A random direction of norm one, in the shapes of a vector. */
  static HostVector direction(Vector like, long seed) {
    Random random = new Random(seed);
    ImmutableMap.Builder<String, Array> drawn = ImmutableMap.builder();
    like.components()
        .forEach((name, c) -> drawn.put(name, Array.fill(c.shape(), i -> random.nextGaussian())));
    HostVector direction = of(drawn.buildOrThrow());
    double norm = direction.norm();
    return direction.zip(direction, (a, b) -> a / norm);
  }

  HostVector minus(HostVector other) {
    return zip(other, (a, b) -> a - b);
  }

  /** {@code this + scale * other}. */
  HostVector plus(HostVector other, double scale) {
    return zip(other, (a, b) -> a + scale * b);
  }

  double dot(HostVector other) {
    double sum = 0;
    for (Array product : zip(other, (a, b) -> a * b).components.values()) {
      for (int i = 0; i < product.size(); i++) {
        sum += product.at(i);
      }
    }
    return sum;
  }

  double norm() {
    return Math.sqrt(dot(this));
  }

  /** The norm of the difference, relative to that of the other one. */
  double relativeTo(HostVector exact) {
    return new VectorChange.RelativeChange(exact.norm(), minus(exact).norm()).relative();
  }

  /** The cosine of the angle between them; zero if one is zero. */
  double cosine(HostVector other) {
    double norms = norm() * other.norm();
    return norms == 0 ? 0 : dot(other) / norms;
  }

  private HostVector zip(HostVector other, DoubleBinaryOperator function) {
    ImmutableMap.Builder<String, Array> result = ImmutableMap.builder();
    components.forEach(
        (name, mine) -> {
          Array its = other.components.get(name);
          Shape shape = mine.shape();
          result.put(name, Array.fill(shape, i -> function.applyAsDouble(mine.at(i), its.at(i))));
        });
    return of(result.buildOrThrow());
  }
}
