package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.cli.TableCell.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cells of a table in a file of comma-separated values that grows cell by cell: a table that
 * was interrupted goes on from it.
 */
final class TableCells {
  private final Path file;
  private final List<TableCell> cells;

  private TableCells(Path file, List<TableCell> cells) {
    this.file = file;
    this.cells = cells;
  }

  /**
   * The cells of a file, none if there is no such file.
   *
   * @throws IllegalArgumentException if a line is not a cell
   */
  static TableCells in(Path file) {
    List<TableCell> cells = new ArrayList<>();
    try {
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      if (!lines.isEmpty() && !lines.get(0).equals(TableCell.TITLES)) {
        throw broken(file, 1, lines.get(0)).maybe("the titles were lost: %s", TableCell.TITLES);
      }
      for (int i = 1; i < lines.size(); i++) {
        UsageError.Message broken = broken(file, i + 1, lines.get(i));
        cells.add(
            TableCell.of(lines.get(i))
                .orElseThrow(
                    () ->
                        broken.maybe(
                            "the line should be deleted: its cell is then computed again.")));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new TableCells(file, cells);
  }

  private static UsageError.Message broken(Path file, int number, String line) {
    return UsageError.in("table")
        .because("line %d of %s is not as it was written: \"%s\"", number, file, line);
  }

  /** All cells. */
  ImmutableList<TableCell> all() {
    return ImmutableList.copyOf(cells);
  }

  /** The cell, if it was computed. */
  Optional<TableCell> get(String method, long seed, Stage stage) {
    return cells.stream().filter(cell -> cell.is(method, seed, stage)).findFirst();
  }

  /** Adds a cell, in the file as well. */
  void add(TableCell cell) {
    cells.add(cell);
    try {
      if (!Files.exists(file)) {
        Files.writeString(file, TableCell.TITLES + "\n");
      }
      Files.writeString(file, cell.toLine() + "\n", StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
