package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.expr.Variables;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A bi-level problem at one point of its variables, whose hypergradient is computed many ways. */
public interface HypergradientWorkload {

  /** One line: the problem and its sizes. */
  String title();

  /** Computes the point and the exact hypergradient there, in float64 on the processor. */
  Reference solved();

  /** The ways to be timed; those of one method follow each other, by growing size. */
  ImmutableList<Candidate> candidates();

  /** The variables by what they are, for instance the layers of a network. */
  ImmutableMap<String, Variables> layers();

  /** Those with one of the given names or of one of the given families; all if there are none. */
  default ImmutableList<Candidate> candidates(Set<String> selected) {
    return candidates().stream()
        .filter(
            candidate ->
                selected.isEmpty()
                    || selected.contains(candidate.name())
                    || selected.contains(candidate.family()))
        .collect(ImmutableList.toImmutableList());
  }

  /** What {@link #candidates(Set)} understands of several workloads. */
  static ImmutableSet<String> names(List<HypergradientWorkload> workloads) {
    return workloads.stream()
        .flatMap(workload -> workload.candidates().stream())
        .flatMap(candidate -> Stream.of(candidate.family(), candidate.name()))
        .collect(ImmutableSet.toImmutableSet());
  }
}
