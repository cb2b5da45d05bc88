package io.github.bilevel4j.examples.process;

import com.google.common.collect.EvictingQueue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** What a process prints, passed on as it comes, or kept in case that it fails. */
public final class ProcessOutput {
  private static final int KEPT_LINES = 40;
  private static final int CHARACTERS = 1 << 12;

  private final List<Thread> readers = new ArrayList<>();
  private final Queue<String> kept = EvictingQueue.create(KEPT_LINES);

  private ProcessOutput() {}

  /** Passed on. */
  public static ProcessOutput printed(Process process, PrintWriter out, PrintWriter err) {
    ProcessOutput output = new ProcessOutput();
    output.read(() -> pass(process.inputReader(Charset.defaultCharset()), out));
    output.read(() -> pass(process.errorReader(Charset.defaultCharset()), err));
    return output;
  }

  /** The last lines are kept. */
  public static ProcessOutput kept(Process process) {
    ProcessOutput output = new ProcessOutput();
    output.read(() -> output.keep(process.inputReader(Charset.defaultCharset())));
    return output;
  }

  private interface Reading {
    void run() throws IOException;
  }

  private void read(Reading reading) {
    Thread reader =
        new Thread(
            () -> {
              try {
                reading.run();
              } catch (IOException e) {
                // The process has ended.
                return;
              }
            },
            "output of a process");
    reader.setDaemon(true);
    reader.start();
    readers.add(reader);
  }

  private static void pass(BufferedReader from, PrintWriter to) throws IOException {
    char[] buffer = new char[CHARACTERS];
    for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
      to.write(buffer, 0, count);
      to.flush();
    }
  }

  private void keep(BufferedReader from) throws IOException {
    for (String line = from.readLine(); line != null; line = from.readLine()) {
      synchronized (kept) {
        kept.add(line);
      }
    }
  }

  /** Until the process, which has ended, has been read to its end. */
  public void await() {
    for (Thread reader : readers) {
      try {
        reader.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The error among the lines kept, or else the last one; empty if there is none. */
  public String lastWords() {
    synchronized (kept) {
      String last = "";
      for (String line : kept) {
        if (line.startsWith(ERROR) || !last.startsWith(ERROR)) {
          last = line;
        }
      }
      return last.isEmpty() ? "" : ": " + last.replaceFirst("^" + ERROR, "");
    }
  }

  private static final String ERROR = "error: ";
}
