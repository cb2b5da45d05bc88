package io.github.bilevel4j.run;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Turns the first Ctrl-C (or another request to end) into a question that a loop can ask between
 * steps, and holds the virtual machine until the program has put away what it has, however long the
 * step under way takes. What cannot wait is ended by {@code SIGKILL}, as batch systems do when
 * their own patience ends.
 */
public final class Interruption implements BooleanSupplier, AutoCloseable {
  private static final long PAUSE_MILLISECONDS = 100;
  private static final int PAUSES_BEFORE_TOLD = 20;

  private final AtomicBoolean requested = new AtomicBoolean();
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread owner = Thread.currentThread();

  private Interruption() {}

  /**
   * Starts to listen, for the thread that calls. Close it when all is put away. If the program was
   * asked to end already, that is the first answer.
   */
  public static Interruption listen() {
    Interruption interruption = new Interruption();
    Thread hold = new Thread(interruption::holdUntilFinished, "interruption");
    try {
      Runtime.getRuntime().addShutdownHook(hold);
    } catch (IllegalStateException ending) {
      interruption.requested.set(true);
    }
    return interruption;
  }

  private void holdUntilFinished() {
    requested.set(true);
    try {
      for (int i = 1;
          !finished.await(PAUSE_MILLISECONDS, TimeUnit.MILLISECONDS) && !hasGivenUp();
          i++) {
        if (i == PAUSES_BEFORE_TOLD) {
          System.err.println(
              "interrupted: what is under way is finished and put away first (kill -9 "
                  + ProcessHandle.current().pid()
                  + " ends it at once)");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The owner has ended, or waits for the virtual machine to end, which waits for this thread. */
  private boolean hasGivenUp() {
    return !owner.isAlive()
        || Arrays.stream(owner.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals("java.lang.Shutdown"));
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
