package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Random cases in a process of their own, until the time is over. */
public final class Fuzzing implements AutoCloseable {
  private static final long SECONDS_OF_BATCH = 120;
  private static final long SECONDS_OF_CASE = 30;

  private final Tally tally = new Tally();
  private final Consumer<Outcome> onNewFinding;
  private FuzzProcess process;

  /**
   * Starts a process.
   *
   * @param onNewFinding is told the first finding of each kind at once
   */
  public Fuzzing(Consumer<Outcome> onNewFinding) {
    this.onNewFinding = onNewFinding;
    process = started();
  }

  private static FuzzProcess started() {
    try {
      return FuzzProcess.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Cases of some kinds by turns, all from one seed, for so many seconds or until so many. */
  public Tally run(List<Kind> kinds, long seed, double seconds, int most) {
    SplittableRandom random = new SplittableRandom(seed);
    long start = System.nanoTime();
    for (int turn = 0; System.nanoTime() - start < seconds * 1e9 && tally.count() < most; turn++) {
      Kind kind = kinds.get(turn % kinds.size());
      ImmutableList<Long> seeds =
          random
              .longs(Math.min(kind.batch(), most - tally.count()))
              .mapToObj(kind::seed)
              .collect(ImmutableList.toImmutableList());
      run(seeds);
    }
    return tally;
  }

  /** Cases of one kind; those of a batch that ends the process are computed one by one. */
  private void run(ImmutableList<Long> seeds) {
    FuzzProcess.Answer answer;
    try {
      answer = process.run(seeds, seeds.size() == 1 ? SECONDS_OF_CASE : SECONDS_OF_BATCH);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    answer.outcomes().forEach(this::add);
    if (answer.end().isEmpty()) {
      return;
    }
    process.close();
    process = started();
    if (seeds.size() == 1) {
      long seed = seeds.get(0);
      add(Outcome.finding(seed, answer.end().get(), Kind.of(seed).target().text(seed)));
    } else {
      int half = seeds.size() / 2;
      run(seeds.subList(0, half));
      run(seeds.subList(half, seeds.size()));
    }
  }

  private void add(Outcome outcome) {
    int before = tally.findings().size();
    tally.add(outcome);
    if (tally.findings().size() > before) {
      onNewFinding.accept(outcome);
    }
  }

  /** One case again. */
  public Tally again(long seed) {
    run(ImmutableList.of(seed));
    return tally;
  }

  /** Ends the process. */
  @Override
  public void close() {
    process.close();
  }
}
