package io.github.bilevel4j.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Turns the first Ctrl-C (or another request to end) into a question that a loop can ask between
 * steps, and holds the virtual machine until the program has put away what it has. A program that
 * does not finish within half a minute is ended all the same.
 */
public final class Interruption implements BooleanSupplier, AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final AtomicBoolean requested = new AtomicBoolean();
  private final CountDownLatch finished = new CountDownLatch(1);

  private Interruption() {}

  /** Starts to listen. Close it when all is put away. */
  public static Interruption listen() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime()
        .addShutdownHook(new Thread(interruption::holdUntilFinished, "interruption"));
    return interruption;
  }

  private void holdUntilFinished() {
    requested.set(true);
    try {
      if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("ended before everything was put away");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the program was asked to end. */
  @Override
  public boolean getAsBoolean() {
    return requested.get();
  }

  @Override
  public void close() {
    finished.countDown();
  }
}
