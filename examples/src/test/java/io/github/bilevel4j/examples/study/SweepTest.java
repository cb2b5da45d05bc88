package io.github.bilevel4j.examples.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which cells a sweep has, how they are divided, and the table of their results. */
class SweepTest {
  @TempDir Path folder;

  private static final CellMaker MAKER =
      new CellMaker(Set.of("--seed", "--method", "--epochs", "--data")::contains);

  private static Sweep sweep(String command, String... axes) {
    return new Sweep(
        command,
        ImmutableList.of(Setting.of("--data", "a b"), Setting.of("--epochs", 7)),
        Stream.of(axes).map(Axis::parse).collect(ImmutableList.toImmutableList()),
        MAKER);
  }

  private static Cell pretraining(Sweep.Point point) {
    return point.cell().start().orElseThrow().cell();
  }

  @Test
  void everyCombinationOnceAndSharedPretraining() {
    List<Sweep.Point> points = sweep("umm", "alpha=1e-3,0", "seed=1..3", "method=a,b").points();
    assertThat(points.stream().map(Sweep.Point::key)).hasSize(12).doesNotHaveDuplicates();
    assertThat(points.stream().map(point -> point.cell().name())).doesNotHaveDuplicates();
    assertThat(points.stream().map(SweepTest::pretraining).distinct()).hasSize(6);
    assertThat(points.get(0).cell().line(Path.of("s")))
        .containsExactly(
            "umm",
            "--data=a b",
            "--alpha=1e-3",
            "--seed=1",
            "--method=a",
            "--weights",
            "s/pretrain_seed-1_method-a/weights.safetensors",
            "--out",
            "s/umm_alpha-1e-3_seed-1_method-a");
    assertThat(pretraining(points.get(0)).line(Path.of("s")))
        .containsExactly(
            "pretrain",
            "--data=a b",
            "--epochs=7",
            "--seed=1",
            "--method=a",
            "--out",
            "s/pretrain_seed-1_method-a");
  }

  /** Joint training has none before it. */
  @Test
  void jointTrainingSharesNothing() {
    List<Sweep.Point> points = sweep("umm", "mode=joint,bilevel").points();
    assertThat(points.get(0).cell().start()).isEmpty();
    assertThat(points.get(0).cell().arguments()).contains("--epochs=7");
    assertThat(points.get(1).cell().start()).isPresent();
  }

  @Test
  void valuesThatNoFolderCanBeCalledByStayApart() {
    assertThat(sweep("pretrain", "data2=x/y,x?y").points().stream().map(p -> p.cell().name()))
        .containsExactly("pretrain_data2-x-y", "pretrain_data2-x-y_2");
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3", "5", "9"})
  void shardsHaveEveryCellOnceAndNoPretrainingTwice(int count) {
    Sweep sweep = sweep("umm", "alpha=1,2,3", "seed=1..4");
    List<Sweep.Point> all = new ArrayList<>();
    List<Cell> begun = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      List<Sweep.Point> points = sweep.points(Shard.parse(i + "/" + count));
      all.addAll(points);
      points.stream().map(SweepTest::pretraining).distinct().forEach(begun::add);
    }
    assertThat(all).hasSize(12).containsExactlyInAnyOrderElementsOf(sweep.points());
    assertThat(begun).hasSize(4).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "seed=5..1|has an empty range",
        "seed=1,1|has a value twice",
        "seed=1..3,2|has a value twice",
        "seed=|has an empty value",
        "seed|has no name and values"
      })
  void wrongAxes(String text, String reason) {
    assertThatThrownBy(() -> Axis.parse(text))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining(reason);
  }

  @Test
  void ranges() {
    assertThat(Axis.parse("--x=-1..1, 7 ").values()).containsExactly("-1", "0", "1", "7");
  }

  @ParameterizedTest
  @CsvSource({"0/3", "4/3", "3", "a/b", "1/0"})
  void wrongShards(String text) {
    assertThatThrownBy(() -> Shard.parse(text)).isInstanceOf(UsageError.class);
  }

  @Test
  void anOptionTwice() {
    assertThatThrownBy(() -> sweep("umm", "seed=1", "seed=2")).hasMessageContaining("given twice");
    assertThatThrownBy(() -> sweep("umm", "epochs=1,2")).hasMessageContaining("given twice");
  }

  /** A cell that fails while the program is asked to end is not told of: it goes on later. */
  @Test
  void whatFailsInAnInterruptionIsNoFailure() {
    AtomicBoolean interrupted = new AtomicBoolean();
    List<String> told = new ArrayList<>();
    StudyFolder.Program program =
        new StudyFolder.Program() {
          @Override
          public int run(PrintWriter out, PrintWriter err, String... arguments) {
            err.println("error: this is a defect");
            interrupted.set(told.size() == 1);
            return 70;
          }

          @Override
          public boolean isResumable(String command) {
            return true;
          }
        };
    StudyFolder study = new StudyFolder(folder, program, told::add);
    study.run(
        sweep("pretrain", "seed=1..3").points().stream().map(Sweep.Point::cell).toList(),
        interrupted::get,
        () -> {});
    assertThat(study.failures()).containsExactly("pretrain_seed-1: this is a defect");
    assertThat(told).containsExactly("failed: pretrain_seed-1: this is a defect");
  }

  private static CellResult result(double value, double seconds) {
    Map<String, Object> row =
        ImmutableMap.of("stage", "pool", "moment", "after, beta 0", "5-nn", value);
    return new CellResult(
        ImmutableMap.of("umm seconds", seconds, "table", List.of(row), "note", "text"));
  }

  @Test
  void tablesAreMergedAndContradictionsTold() throws Exception {
    List<Sweep.Point> points = sweep("umm", "seed=1..2").points();
    SweepTable first = new SweepTable();
    first.add(points.get(0), result(0.5, 3));
    assertThat(first.toString())
        .isEqualTo("cell,seed,umm seconds,pool after 5-nn\numm_seed-1,1,3,0.5\n");
    Path file = Files.writeString(folder.resolve("sweep.csv"), first.toString());
    SweepTable second = new SweepTable();
    second.add(points.get(0), result(0.5, 4));
    second.add(points.get(1), result(0.75, 4));
    SweepTable merged = SweepTable.read(file);
    merged.addAll(second, "second");
    assertThat(merged.cells()).containsExactly("umm_seed-1", "umm_seed-2");
    SweepTable other = new SweepTable();
    other.add(points.get(0), result(0.25, 3));
    assertThatThrownBy(() -> merged.addAll(other, "third"))
        .hasMessageContaining("umm_seed-1 has another result in third")
        .hasMessageContaining("0.5")
        .hasMessageContaining("0.25");
  }
}
