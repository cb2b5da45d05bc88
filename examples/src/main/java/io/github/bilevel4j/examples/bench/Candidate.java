package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.problem.BilevelProblem;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A way to compute the hypergradient that is timed.
 *
 * @param method in words
 * @param size iterations of the linear solver, or inner steps differentiated through; 0 if it has
 *     none
 * @param precision if it is not the one that was asked for
 * @param problem the problem with this estimator, at a point
 */
public record Candidate(
    String method,
    int size,
    Optional<Precision> precision,
    Function<Reference, BilevelProblem> problem) {

  /**
   * A method in several sizes.
   *
   * @param problem of a size and at a point
   */
  static ImmutableList<Candidate> each(
      String method, BiFunction<Integer, Reference, BilevelProblem> problem, int... sizes) {
    return Arrays.stream(sizes)
        .mapToObj(
            size -> new Candidate(method, size, Optional.empty(), at -> problem.apply(size, at)))
        .collect(ImmutableList.toImmutableList());
  }

  /** The same in a precision of its own. */
  Candidate in(Precision other) {
    String what = method + ", " + other.name().toLowerCase(Locale.ROOT);
    return new Candidate(what, size, Optional.of(other), problem);
  }

  /** For instance {@code cg-10}: what selects it. */
  public String name() {
    return size == 0 ? family() : family() + "-" + size;
  }

  /** The name without the size, which selects all sizes: {@code cg}. */
  public String family() {
    return method.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
  }
}
