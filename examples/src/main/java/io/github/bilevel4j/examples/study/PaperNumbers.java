package io.github.bilevel4j.examples.study;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** What the paper's tables (arXiv 2410.00772) print. */
final class PaperNumbers {
  private static final ImmutableMap<String, String> ALL = read();

  private PaperNumbers() {}

  private static ImmutableMap<String, String> read() {
    try {
      return Resources.readLines(Resources.getResource(PaperNumbers.class, "paper.csv"), UTF_8)
          .stream()
          .skip(2)
          .map(line -> Splitter.on(',').splitToList(line))
          .collect(
              ImmutableMap.toImmutableMap(
                  cells -> String.join(",", cells.subList(0, 5)), PaperNumbers::number));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String number(List<String> cells) {
    return cells.get(6).isEmpty() ? cells.get(5) : cells.get(5) + " ± " + cells.get(6);
  }

  /**
   * A number, with the standard deviation that the paper prints.
   *
   * @param variant {@code before}, {@code umm}, {@code joint} or the name of a control
   */
  static Optional<String> get(
      String table, String data, String metric, String method, String variant) {
    return Optional.ofNullable(ALL.get(String.join(",", table, data, metric, method, variant)));
  }
}
