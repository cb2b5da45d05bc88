package io.github.bilevel4j.examples.study;

import com.google.common.base.Ascii;
import java.util.Optional;

/**
 * Data of a study.
 *
 * @param source as {@code --data} takes it
 */
public record StudyData(String source) {
  /** The paper's data set that it is. */
  Optional<Benchmark> benchmark() {
    return Benchmark.of(source);
  }

  /** The name in tables. */
  public String title() {
    return benchmark().map(Benchmark::toString).orElseGet(this::lastName);
  }

  private String lastName() {
    return source.substring(source.lastIndexOf('/') + 1);
  }

  /** The beginning of cells' names. */
  String tag() {
    return Cell.fileName(Ascii.toLowerCase(title())).replace('_', '-');
  }

  /** Whose numbers of the paper stand beside it: its own or those of CIFAR-10. */
  Benchmark compared() {
    return benchmark().orElse(Benchmark.CIFAR_10);
  }
}
