package io.github.bilevel4j.examples.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.bilevel4j.file.WholeFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cells that run at the same time: in which order, how many, and what ends them. */
@Timeout(60)
class StudyFolderTest {
  @TempDir Path folder;

  private final CountDownLatch both = new CountDownLatch(2);
  private final CountDownLatch asked = new CountDownLatch(1);
  private final List<String> told = new ArrayList<>();
  private final List<String> begun = Collections.synchronizedList(new ArrayList<>());

  /** Three trainings of UMM, each from a pre-training of its own, as a study names them. */
  private static List<Cell> cells() {
    return new Sweep(
            "umm",
            ImmutableList.of(),
            ImmutableList.of(Axis.parse("seed=1..3")),
            new CellMaker(Set.of("--seed")::contains))
        .points().stream().map(Sweep.Point::cell).toList();
  }

  /** What a command of a cell does, and its status. */
  private interface Work {
    int status(String name, PrintWriter err);
  }

  private static int nothing(String name, PrintWriter err) {
    return 0;
  }

  /** Until two have begun. */
  private void meet() {
    both.countDown();
    Uninterruptibles.awaitUninterruptibly(both);
  }

  /** A program whose commands leave a summary where their work succeeds. */
  private class Steps implements StudyFolder.Program {
    private final int jobs;
    private final Work work;
    private final AtomicInteger atOnce = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    Steps(int jobs, Work work) {
      this.jobs = jobs;
      this.work = work;
    }

    @Override
    public int run(PrintWriter out, PrintWriter err, String... arguments) {
      Path own = Path.of(arguments[arguments.length - 1]);
      String name = own.getFileName().toString();
      begun.add(name);
      most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      int status = work.status(name, err);
      if (status == 0) {
        assertThat(own.toFile().mkdirs()).isTrue();
        WholeFile.write(own.resolve("summary.json"), "{\"interrupted\": false}");
      }
      atOnce.decrementAndGet();
      return status;
    }

    @Override
    public boolean isResumable(String command) {
      return true;
    }

    @Override
    public int jobs() {
      return jobs;
    }

    @Override
    public void interrupt() {
      asked.countDown();
    }
  }

  private StudyFolder run(Steps program, AtomicBoolean interrupted) {
    StudyFolder study = new StudyFolder(folder, program, told::add);
    study.run(cells(), interrupted::get, () -> {});
    return study;
  }

  @Test
  void oneAtATimeInTheirOrder() {
    Steps program = new Steps(1, StudyFolderTest::nothing);
    assertThat(run(program, new AtomicBoolean()).failures()).isEmpty();
    assertThat(begun)
        .containsExactly(
            "pretrain_seed-1",
            "umm_seed-1",
            "pretrain_seed-2",
            "umm_seed-2",
            "pretrain_seed-3",
            "umm_seed-3");
    assertThat(program.most).hasValue(1);
    assertThat(told.get(1)).startsWith("umm_seed-1 (2 of 6");
  }

  /** Each of the first two pre-trainings ends only when both have begun. */
  @Test
  void twoAtATimeEachAfterWhatItNeeds() {
    Steps program =
        new Steps(
            2,
            (name, err) -> {
              meet();
              return 0;
            });
    assertThat(run(program, new AtomicBoolean()).failures()).isEmpty();
    assertThat(program.most).hasValue(2);
    assertThat(begun).hasSize(6).doesNotHaveDuplicates();
    for (int seed = 1; seed <= 3; seed++) {
      assertThat(begun.indexOf("pretrain_seed-" + seed))
          .isLessThan(begun.indexOf("umm_seed-" + seed));
    }
    assertThat(told.get(0)).startsWith("2 cells at a time");
  }

  /** So that the last of them does not wait alone for the last pre-training. */
  @Test
  void whatOthersWaitForComesFirstWhileTooFewAreReady() {
    CountDownLatch third = new CountDownLatch(1);
    run(
        new Steps(
            2,
            (name, err) -> {
              if (name.equals("pretrain_seed-3")) {
                third.countDown();
              }
              if (name.equals("pretrain_seed-1") || name.equals("pretrain_seed-2")) {
                meet();
              }
              boolean isOnTime =
                  !name.equals("pretrain_seed-2")
                      || Uninterruptibles.awaitUninterruptibly(third, 30, TimeUnit.SECONDS);
              return isOnTime ? 0 : 1;
            }),
        new AtomicBoolean());
    assertThat(begun.subList(0, 2)).containsExactlyInAnyOrder("pretrain_seed-1", "pretrain_seed-2");
    assertThat(begun.get(2)).isEqualTo("pretrain_seed-3");
  }

  @Test
  void aFailureConcernsWhatNeedsItAlone() {
    StudyFolder study =
        run(
            new Steps(
                2,
                (name, err) -> {
                  if (name.equals("pretrain_seed-1")) {
                    return 137;
                  }
                  if (name.equals("umm_seed-2")) {
                    err.println("error: no room");
                    return 1;
                  }
                  return 0;
                }),
            new AtomicBoolean());
    assertThat(study.failures())
        .containsExactlyInAnyOrder(
            "pretrain_seed-1: it was ended by signal 9",
            "umm_seed-1: it needs pretrain_seed-1, which has not ended",
            "umm_seed-2: no room");
    assertThat(study.result(cells().get(2))).isPresent();
  }

  /** Both are asked to end, are no failures, and nothing is begun after them. */
  @Test
  void anInterruptionEndsThoseThatRun() {
    AtomicBoolean interrupted = new AtomicBoolean();
    Steps program =
        new Steps(
            2,
            (name, err) -> {
              meet();
              interrupted.set(true);
              return Uninterruptibles.awaitUninterruptibly(asked, 30, TimeUnit.SECONDS) ? 130 : 1;
            });
    assertThat(run(program, interrupted).failures()).isEmpty();
    assertThat(begun).hasSize(2);
    assertThat(asked.getCount()).isZero();
  }
}
