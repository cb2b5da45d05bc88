package io.github.bilevel4j.examples.study;

import com.google.common.util.concurrent.MoreExecutors;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.process.ChildProgram;
import io.github.bilevel4j.file.WriteException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Cells that wait and cells that run, for one thread that begins them and hears of their ends. A
 * program that runs one command at a time runs it in this thread.
 */
final class CellQueue implements AutoCloseable {
  private static final long PAUSE_MILLISECONDS = 50;

  private final StudyFolder.Program program;
  private final List<Cell> waiting;
  private final List<Cell> running = new ArrayList<>();
  private final ExecutorService workers;
  private final CompletionService<End> ends;

  CellQueue(List<Cell> cells, StudyFolder.Program program) {
    this.program = program;
    this.waiting = new ArrayList<>(cells);
    this.workers =
        program.jobs() == 1
            ? MoreExecutors.newDirectExecutorService()
            : Executors.newFixedThreadPool(program.jobs());
    this.ends = new ExecutorCompletionService<>(workers);
  }

  /**
   * What became of a cell.
   *
   * @param error the last one that it told
   * @param failure why it could not be run
   */
  record End(Cell cell, int status, Optional<String> error, Optional<RuntimeException> failure) {
    /** Why it did not end well. */
    String reason() {
      return error.orElse("it " + ChildProgram.end(status));
    }
  }

  /** Whether another cell can run now. */
  boolean hasRoom() {
    return running.size() < program.jobs();
  }

  /** How many wait or run. */
  int unfinished() {
    return waiting.size() + running.size();
  }

  /**
   * The first cell that waits for none that is still to end, and waits no longer. If there are
   * fewer such than run at a time, one that others wait for comes first, so that there will be
   * enough.
   */
  Optional<Cell> next() {
    List<Cell> ready =
        waiting.stream().filter(cell -> needed(cell).filter(this::isToEnd).isEmpty()).toList();
    long alone = ready.stream().filter(cell -> !isNeeded(cell)).count();
    Optional<Cell> next =
        ready.stream()
            .filter(cell -> alone < program.jobs() && isNeeded(cell))
            .findFirst()
            .or(() -> ready.stream().findFirst());
    next.ifPresent(waiting::remove);
    return next;
  }

  private static Optional<Cell> needed(Cell cell) {
    return cell.start().map(Cell.Start::cell);
  }

  private boolean isToEnd(Cell cell) {
    return waiting.contains(cell) || running.contains(cell);
  }

  private boolean isNeeded(Cell cell) {
    return waiting.stream().anyMatch(other -> needed(other).filter(cell::equals).isPresent());
  }

  /**
   * Begins to run a cell.
   *
   * @param log the file of what it prints
   */
  void begin(Cell cell, Path log, String... arguments) {
    running.add(cell);
    ends.submit(() -> end(cell, log, arguments));
  }

  private End end(Cell cell, Path file, String... arguments) {
    try (CellLog log = new CellLog(file)) {
      int status = program.run(log.out(), log.err(), arguments);
      return new End(cell, status, log.error(), Optional.empty());
    } catch (UsageError | WriteException failure) {
      return new End(cell, 1, Optional.empty(), Optional.of(failure));
    }
  }

  /**
   * Waits for the next end; empty if no cell runs.
   *
   * @param interrupted whether those that run are to end
   */
  Optional<End> await(BooleanSupplier interrupted) {
    boolean isTold = false;
    while (!running.isEmpty()) {
      if (!isTold && interrupted.getAsBoolean()) {
        program.interrupt();
        isTold = true;
      }
      Optional<End> end = polled();
      if (end.isPresent()) {
        running.remove(end.get().cell());
        return end;
      }
    }
    return Optional.empty();
  }

  private Optional<End> polled() {
    try {
      Future<End> done = ends.poll(PAUSE_MILLISECONDS, TimeUnit.MILLISECONDS);
      return done == null ? Optional.empty() : Optional.of(done.get());
    } catch (InterruptedException e) {
      program.interrupt();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the thread that runs cells was interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException defect) {
        throw defect;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Ends those that still run. */
  @Override
  public void close() {
    if (!running.isEmpty()) {
      program.interrupt();
    }
    MoreExecutors.shutdownAndAwaitTermination(workers, 1, TimeUnit.HOURS);
  }
}
