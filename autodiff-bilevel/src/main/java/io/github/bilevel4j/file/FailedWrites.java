package io.github.bilevel4j.file;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a run could not write. Each file is told once, when it first fails, and the run goes on; one
 * that is written after all is taken off the list. In the end the list decides on the status.
 */
public final class FailedWrites {
  private final Consumer<String> told;
  private final Map<Path, String> messages = new LinkedHashMap<>();

  /**
   * None yet.
   *
   * @param told hears of each file in one line
   */
  public FailedWrites(Consumer<String> told) {
    this.told = told;
  }

  /** Writes a file, and notes it if that fails. */
  public void attempt(Path file, Runnable write) {
    try {
      write.run();
      settle(file);
    } catch (WriteException e) {
      note(file, e);
    }
  }

  /** Notes a failure. */
  public synchronized void note(Path file, WriteException failure) {
    if (messages.put(file, failure.getMessage()) == null) {
      told.accept("warning: " + failure.getMessage() + "; the run goes on");
    }
  }

  /** Takes off a file that is whole in the end. */
  public synchronized void settle(Path file) {
    if (messages.remove(file) != null) {
      told.accept(file + " is written after all");
    }
  }

  /** Whether a file is missing or not whole. */
  public synchronized boolean has(Path file) {
    return messages.containsKey(file);
  }

  /** The messages of all files that are missing or not whole. */
  public synchronized ImmutableList<String> messages() {
    return ImmutableList.copyOf(messages.values());
  }
}
