package io.github.bilevel4j.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.solver.Solver;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
            Maybe the learning rate is too large.""")
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

  @Test
  void progressShowsStepsAndTerms() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      Training.named("phase one").progress(Progress.on(out)).run(solver, 2, step -> Feed.none());
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("phase one").contains("2/2");
  }
}
