package io.github.bilevel4j.laws;

import io.github.bilevel4j.evaluation.Matrices;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An example at which a law does not hold.
 *
 * @param law the law
 * @param example the views
 * @param instance all quantities of the law at the example
 * @param sides the first quantity whose sides differ
 */
public record Counterexample(Law law, Example example, Instance instance, Sides sides) {

  /** The law, the matrices with aligned columns, both sides, their difference, the tolerance. */
  @Override
  public String toString() {
    Stream<String> views =
        IntStream.range(0, example.views().size())
            .mapToObj(i -> Matrices.text("z" + (i + 1), example.views().get(i)));
    Stream<String> given =
        instance.given().entrySet().stream()
            .map(each -> Matrices.text(each.getKey(), each.getValue()));
    return Stream.of(
            Stream.of("law " + law.name() + " does not hold: " + law.formula()),
            views,
            given,
            Stream.of(sides.text(law.tolerance())))
        .flatMap(part -> part)
        .collect(Collectors.joining("\n"));
  }
}
