package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Optional;

/**
 * A law written out at one example.
 *
 * @param given what the law quantifies over besides the views, by its symbol in the formula
 * @param sides the two sides of each quantity
 */
public record Instance(ImmutableMap<String, Array> given, ImmutableList<Sides> sides) {

  /** The sides of a law that quantifies over the views alone. */
  public static Instance of(Sides... sides) {
    return new Instance(ImmutableMap.of(), ImmutableList.copyOf(sides));
  }

  /** The sides of a law that quantifies over the views alone. */
  public static Instance of(List<Sides> sides) {
    return new Instance(ImmutableMap.of(), ImmutableList.copyOf(sides));
  }

  /** With a matrix or vector to show in a counterexample. */
  public Instance given(String symbol, Array value) {
    return new Instance(
        ImmutableMap.<String, Array>builder().putAll(given).put(symbol, value).buildOrThrow(),
        sides);
  }

  /** The first quantity whose sides differ by more than a tolerance. */
  public Optional<Sides> failure(double tolerance) {
    return sides.stream().filter(each -> !each.hold(tolerance)).findFirst();
  }
}
