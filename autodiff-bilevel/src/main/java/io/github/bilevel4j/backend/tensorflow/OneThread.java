package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.check.UsageError;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A guard of what one thread at a time may use. A thread that holds it may take it again; when it
 * lets go, the next one sees all that it wrote.
 */
final class OneThread {
  private final AtomicReference<Use> present = new AtomicReference<>();

  private record Use(Thread thread, String operation) {}

  /** Whether this thread holds the guard. */
  boolean isMine() {
    Use use = present.get();
    return use != null && use.thread().equals(Thread.currentThread());
  }

  /**
   * Does some work.
   *
   * @throws UsageError if another thread is at work, naming it
   */
  <T> T using(String operation, Supplier<T> work) {
    if (isMine()) {
      return work.get();
    }
    Use mine = new Use(Thread.currentThread(), operation);
    Use found = present.compareAndExchange(null, mine);
    if (found != null) {
      throw UsageError.in(operation)
          .because("another thread is using the engine")
          .row("this thread", mine.thread().getName())
          .row("other thread", found.thread().getName(), found.operation())
          .maybe("an engine for each thread was meant, or one thread after the other.");
    }
    try {
      return work.get();
    } finally {
      present.set(null);
    }
  }
}
