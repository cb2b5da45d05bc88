package io.github.bilevel4j.examples.study;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A run of a command, in a folder of its own within that of a study.
 *
 * @param name of its folder
 * @param command for instance {@code umm}
 * @param arguments those of the command, without {@code --out} and {@code --weights}
 * @param start the weights that it begins with, of another cell
 */
public record Cell(
    String name, String command, ImmutableList<String> arguments, Optional<Start> start) {
  /** What a run ends with. */
  static final String WEIGHTS = "weights.safetensors";

  /**
   * Weights that a cell has made.
   *
   * @param file in its folder
   */
  public record Start(Cell cell, String file) {}

  private static final CharMatcher KEPT =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("._-"));

  /** A cell that needs no other. */
  static Cell of(String name, String command, ImmutableList<String> arguments) {
    return new Cell(name, command, arguments, Optional.empty());
  }

  /** A name for a folder: what might mean something there is replaced. */
  static String fileName(String text) {
    return KEPT.negate().replaceFrom(text, '-');
  }

  /** All that the program is told. */
  public ImmutableList<String> line(Path study) {
    ImmutableList.Builder<String> line = ImmutableList.builder();
    line.add(command).addAll(arguments);
    start.ifPresent(
        from -> line.add("--weights", study.resolve(from.cell.name).resolve(from.file).toString()));
    return line.add("--out", study.resolve(name).toString()).build();
  }

  /** Itself, after what it needs. */
  ImmutableSet<Cell> withNeeded() {
    ImmutableSet.Builder<Cell> cells = ImmutableSet.builder();
    start.ifPresent(from -> cells.addAll(from.cell.withNeeded()));
    return cells.add(this).build();
  }
}
