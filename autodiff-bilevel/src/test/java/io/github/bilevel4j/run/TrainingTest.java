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
            .listener((step, measured) -> heard.add(step))
            .interrupted(() -> heard.size() == 2)
            .run(solver, 4, step -> Feed.none());
    assertThat(heard).containsExactly(0, 1);
    assertThat(outcome.interrupted()).isTrue();
    assertThat(outcome.steps()).isEqualTo(2);
    assertThat(outcome.last()).containsEntry("fit", 2.0);
  }

  /** Steps are told by the number of losses that were taken before. */
  @Test
  void epochsBegin() {
    List<Integer> begun = new ArrayList<>();
    Training.named("t")
        .onEpoch(2, () -> begun.add(4 - losses.size()))
        .run(feed -> ImmutableMap.of("fit", losses.remove(0)), 4, step -> Feed.none());
    assertThat(begun).containsExactly(0, 2);
  }

  @Test
  void epochWithoutSteps() {
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> Training.named("t").onEpoch(0, () -> {}))
        .withMessage("training: the number of steps in an epoch must be 1 or more, got 0.");
  }

  @Test
  void metricsAreWrittenInLongForm(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("metrics.csv");
    try (MetricsFile metrics = MetricsFile.create(file)) {
      Training.named("t").listener(metrics.phase("a, b")).run(solver, 2, step -> Feed.none());
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
        (name, steps) -> {
          shown.add(name + " " + steps);
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
        .containsExactly("phase one 2", "{fit=3.0, decay=1.0}", "{fit=2.0, decay=1.0}", "closed");
  }
}
