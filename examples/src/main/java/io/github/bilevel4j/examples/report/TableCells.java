package io.github.bilevel4j.examples.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.report.TableCell.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The cells of a table, from a file of comma-separated values: a table that was interrupted goes on
 * from it.
 */
public final class TableCells {
  private final List<TableCell> cells;
  private final Optional<String> cut;

  private TableCells(List<TableCell> cells, Optional<String> cut) {
    this.cells = cells;
    this.cut = cut;
  }

  /**
   * The cells of a file, none if there is no such file. A last line that does not end was cut off
   * by a crash, and is left out.
   *
   * @throws IllegalArgumentException if another line is not a cell, or the file cannot be read
   */
  public static TableCells in(Path file) {
    String text;
    try {
      // What is no UTF-8 becomes a line that was not written so.
      text = Files.exists(file) ? new String(Files.readAllBytes(file), UTF_8) : "";
    } catch (IOException e) {
      throw UsageError.in("table")
          .because("%s cannot be read", file)
          .value("reason", ReadFailure.reason(e))
          .error();
    }
    int end = text.lastIndexOf('\n') + 1;
    Optional<String> cut =
        Optional.of(text.substring(end))
            .filter(last -> !last.isEmpty())
            .map(
                last ->
                    file + ": its last line was cut off, \"" + shown(last) + "\", and is left out");
    return new TableCells(whole(file, text.substring(0, end).lines().toList()), cut);
  }

  private static List<TableCell> whole(Path file, List<String> lines) {
    if (!lines.isEmpty() && !lines.get(0).equals(TableCell.TITLES)) {
      throw broken(file, 1, lines.get(0)).maybe("the titles were lost: %s", TableCell.TITLES);
    }
    List<TableCell> cells = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      UsageError.Message broken = broken(file, i + 1, lines.get(i));
      cells.add(
          TableCell.of(lines.get(i))
              .orElseThrow(
                  () ->
                      broken.maybe(
                          "the line should be deleted: its cell is then computed again.")));
    }
    return cells;
  }

  private static UsageError.Message broken(Path file, int number, String line) {
    return UsageError.in("table")
        .because("line %d of %s is not as it was written: \"%s\"", number, file, shown(line));
  }

  private static String shown(String line) {
    return Ascii.truncate(line.replaceAll("\\p{Cntrl}", "?"), 200, "...");
  }

  /** What was left out, in one line. */
  public Optional<String> cut() {
    return cut;
  }

  /** All cells, in the order of the file. */
  public ImmutableList<TableCell> all() {
    return ImmutableList.copyOf(cells);
  }

  /** The cell, if it was computed. */
  public Optional<TableCell> get(String method, long seed, Stage stage) {
    return cells.stream().filter(cell -> cell.is(method, seed, stage)).findFirst();
  }

  /** Adds a cell. */
  public void add(TableCell cell) {
    cells.add(cell);
  }

  /** The file's text. */
  @Override
  public String toString() {
    return Stream.concat(Stream.of(TableCell.TITLES), cells.stream().map(TableCell::toLine))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }
}
