package io.github.bilevel4j.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.solver.Solver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
  private final List<Double> losses = new ArrayList<>(List.of(3.0, 2.0, 1.0, 0.5));
  private final Solver solver =
      feed -> ImmutableMap.of("fit", losses.remove(0), "decay", losses.size() < 2 ? Double.NaN : 1);

  @Test
  void stopsAtTheFirstTermThatIsNotFinite() {
    assertThatExceptionOfType(DivergedException.class)
        .isThrownBy(() -> Training.named("t").run(solver, 4, step -> Feed.none()))
        .withMessage(
            """
            training "t": "decay" is NaN at step 2.
              data  finite""")
        .satisfies(
            e -> {
              assertThat(e.term()).isEqualTo("decay");
              assertThat(e.step()).isEqualTo(2);
            });
  }

  @Test
  void endsEarlyWhenInterrupted() {
    List<Integer> heard = new ArrayList<>();
    Training.Outcome outcome =
        Training.named("t")
            .hook((MetricsListener) (step, measured) -> heard.add(step))
            .interrupted(() -> heard.size() == 2)
            .run(solver, 4, step -> Feed.none());
    assertThat(heard).containsExactly(0, 1);
    assertThat(outcome.interrupted()).isTrue();
    assertThat(outcome.steps()).isEqualTo(2);
    assertThat(outcome.last()).containsEntry("fit", 2.0);
  }

  private static final class Diary implements TrainingHook {
    private final List<String> lines = new ArrayList<>();

    @Override
    public void onStart(Solver solver) {
      lines.add("start");
    }

    @Override
    public void onEpochStart(int epoch) {
      lines.add("epoch " + epoch);
    }

    @Override
    public void onStepStart(int step) {
      lines.add("step " + step);
    }

    @Override
    public void onStepEnd(int step, ImmutableMap<String, Double> measurements) {
      lines.add("measured " + step + " " + measurements);
    }

    @Override
    public void onFailure(int step, ImmutableMap<String, Double> measurements) {
      lines.add("failed " + step + " " + measurements);
    }

    @Override
    public void onEpochEnd(int epoch) {
      lines.add("end of epoch " + epoch);
    }

    @Override
    public void onEnd(Training.Outcome outcome) {
      lines.add("end after " + outcome.steps());
    }
  }

  private final Solver counting = feed -> ImmutableMap.of("fit", losses.remove(0));

  @Test
  void hooksInTheirOrder() {
    Diary diary = new Diary();
    Training.named("t").stepsPerEpoch(2).hook(diary).run(counting, 3, step -> Feed.none());
    assertThat(diary.lines)
        .containsExactly(
            "start",
            "epoch 0",
            "step 0",
            "measured 0 {fit=3.0}",
            "step 1",
            "measured 1 {fit=2.0}",
            "end of epoch 0",
            "epoch 1",
            "step 2",
            "measured 2 {fit=1.0}",
            "end after 3");
  }

  @Test
  void aTrainingThatGoesOn() {
    Diary diary = new Diary();
    Training.Outcome outcome =
        Training.named("t")
            .stepsPerEpoch(2)
            .startingAt(3, ImmutableMap.of("fit", 9.0))
            .hook(diary)
            .run(counting, 5, step -> Feed.none());
    assertThat(diary.lines)
        .containsExactly(
            "start",
            "step 3",
            "measured 3 {fit=3.0}",
            "end of epoch 1",
            "epoch 2",
            "step 4",
            "measured 4 {fit=2.0}",
            "end after 5");
    assertThat(outcome.steps()).isEqualTo(5);
  }

  @Test
  void aTrainingThatHadEnded() {
    Training.Outcome outcome =
        Training.named("t")
            .startingAt(3, ImmutableMap.of("fit", 9.0))
            .run(counting, 3, step -> Feed.none());
    assertThat(outcome.last()).containsExactly(Map.entry("fit", 9.0));
    assertThat(outcome.interrupted()).isFalse();
    assertThat(losses).hasSize(4);
  }

  @Test
  void hooksHearOfAStepThatFails() {
    Diary diary = new Diary();
    assertThatExceptionOfType(DivergedException.class)
        .isThrownBy(() -> Training.named("t").hook(diary).run(solver, 4, step -> Feed.none()));
    assertThat(diary.lines)
        .endsWith("step 2", "failed 2 {fit=1.0, decay=NaN}")
        .doesNotContain("end after 2");
  }

  @Test
  void epochWithoutSteps() {
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> Training.named("t").stepsPerEpoch(0))
        .withMessage("training: the number of steps in an epoch must be 1 or more, got 0.");
  }

  @Test
  void metricsAreWrittenInLongForm(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("metrics.csv");
    try (MetricsFile metrics = MetricsFile.create(file)) {
      Training.named("t").hook(metrics.phase("a, b")).run(solver, 2, step -> Feed.none());
    }
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "phase,step,metric,value",
            "\"a, b\",0,fit,3.0",
            "\"a, b\",0,decay,1.0",
            "\"a, b\",1,fit,2.0",
            "\"a, b\",1,decay,1.0");
  }

  /** Lines that cannot be written are kept: here until the file is no longer in the way. */
  @Test
  void metricsThatCannotBeWrittenAreToldOnceAndTriedAgain(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("metrics.csv");
    List<String> told = new ArrayList<>();
    FailedWrites failures = new FailedWrites(told::add);
    try (MetricsFile metrics = MetricsFile.create(file, failures)) {
      Path moved = Files.move(file, folder.resolve("moved"));
      Files.createFile(file);
      for (int step = 0; step < 3; step++) {
        metrics.phase("p").measured(step, ImmutableMap.of("fit", 1.0));
      }
      assertThat(told).hasSize(1);
      assertThat(told.get(0)).startsWith("warning: " + file + " cannot be written: ");
      assertThat(failures.has(file)).isTrue();
      Files.move(moved, file, StandardCopyOption.REPLACE_EXISTING);
      metrics.phase("p").measured(3, ImmutableMap.of("fit", 1.0));
      assertThat(failures.messages()).isEmpty();
    }
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "phase,step,metric,value", "p,0,fit,1.0", "p,1,fit,1.0", "p,2,fit,1.0", "p,3,fit,1.0");
  }

  @Test
  void linesThatAreMissingInTheEndAreAnError(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("metrics.csv");
    MetricsFile metrics = MetricsFile.create(file, new FailedWrites(line -> {}));
    Files.move(file, folder.resolve("moved"));
    Files.createFile(file);
    metrics.phase("p").measured(0, ImmutableMap.of("fit", 1.0));
    assertThatExceptionOfType(WriteException.class).isThrownBy(metrics::close);
  }

  @Test
  void progressHearsOfEveryStep() {
    List<String> shown = new ArrayList<>();
    Progress progress =
        (name, made, steps) -> {
          shown.add(name + " " + made + " " + steps);
          return new Progress.Bar() {
            @Override
            public void advance(ImmutableMap<String, Double> measurements) {
              shown.add(measurements.toString());
            }

            @Override
            public void close() {
              shown.add("closed");
            }
          };
        };
    Training.named("phase one").progress(progress).run(solver, 2, step -> Feed.none());
    assertThat(shown)
        .containsExactly("phase one 0 2", "{fit=3.0, decay=1.0}", "{fit=2.0, decay=1.0}", "closed");
  }
}
