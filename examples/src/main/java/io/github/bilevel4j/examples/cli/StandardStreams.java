package io.github.bilevel4j.examples.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The output and error streams of the process. Java's own forget why a write failed. */
final class StandardStreams {
  /** As of a program that the system's signal ends, 128 + SIGPIPE. */
  static final int CLOSED_PIPE = 141;

  private final Watched out;
  private final Watched err;

  StandardStreams(OutputStream out, OutputStream err) {
    this.out = new Watched(out);
    this.err = new Watched(err);
  }

  /** Those of this process, in place of {@link System#out} and {@link System#err}. */
  static StandardStreams watched() {
    StandardStreams streams =
        new StandardStreams(
            new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err));
    System.setOut(printed(streams.out, "stdout.encoding"));
    System.setErr(printed(streams.err, "stderr.encoding"));
    return streams;
  }

  /** In the encoding of the terminal, as Java itself does. */
  private static PrintStream printed(OutputStream stream, String property) {
    String encoding =
        Stream.of(property, "sun." + property)
            .map(System::getProperty)
            .filter(name -> name != null && Charset.isSupported(name))
            .findFirst()
            .orElse(Charset.defaultCharset().name());
    return new PrintStream(new BufferedOutputStream(stream), true, Charset.forName(encoding));
  }

  /** Remembers the first failure. */
  private static final class Watched extends FilterOutputStream {
    private IOException failure;

    Watched(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      try {
        out.write(bytes, from, count);
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        throw e;
      }
    }

    Optional<IOException> failure() {
      return Optional.ofNullable(failure);
    }
  }

  /**
   * The status to end with, where the program itself would end with another one: that of the
   * program if it is not 0; 141, without a word, if a pipe's reader has ended; 1 if something else
   * could not be written, which is told.
   */
  int status(int ofProgram) {
    System.out.flush();
    System.err.flush();
    Optional<IOException> failure = out.failure().or(err::failure);
    if (failure.isEmpty()) {
      return ofProgram;
    }
    String reason = String.valueOf(failure.get().getMessage());
    boolean closedPipe = reason.toLowerCase(Locale.ROOT).contains("broken pipe");
    if (!closedPipe) {
      System.err.println("error: the output cannot be written: " + reason);
    }
    if (ofProgram != 0) {
      return ofProgram;
    }
    return closedPipe ? CLOSED_PIPE : 1;
  }
}
