package io.github.bilevel4j.examples.study;

import io.github.bilevel4j.file.AppendedFile;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Optional;

/** What a cell prints, in a file that grows with every line. */
final class CellLog implements AutoCloseable {
  private static final String ERROR = "error: ";

  private final AppendedFile file;
  private final StringWriter errors = new StringWriter();

  CellLog(Path path) {
    this.file = AppendedFile.resume(path, path.toFile().length());
  }

  /** Takes what the cell prints. */
  PrintWriter out() {
    return new PrintWriter(new Lines(), true);
  }

  /** Takes what it tells of mistakes. */
  PrintWriter err() {
    return new PrintWriter(
        new Lines() {
          @Override
          public void write(char[] text, int from, int count) {
            errors.write(text, from, count);
            super.write(text, from, count);
          }
        },
        true);
  }

  /** The last error, in one line. */
  Optional<String> error() {
    return errors
        .toString()
        .lines()
        .filter(line -> line.startsWith(ERROR))
        .reduce((first, second) -> second)
        .map(line -> line.substring(ERROR.length()));
  }

  @Override
  public void close() {
    file.close();
  }

  /** Appends whole pieces when it is flushed. */
  private class Lines extends Writer {
    private final StringBuilder pending = new StringBuilder();

    @Override
    public void write(char[] text, int from, int count) {
      pending.append(text, from, count);
    }

    @Override
    public void flush() {
      file.append(pending.toString());
      pending.setLength(0);
    }

    @Override
    public void close() {
      flush();
    }
  }
}
