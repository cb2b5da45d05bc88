package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.examples.process.ChildProgram;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep over runs on a few pictures: its cells, how it goes on, its shards, what it refuses. */
class SweepCommandTest {
  private static final String SWEEP =
      "sweep umm --epochs 1 --umm-epochs 1 --method byol --over alpha=0.01,0";

  @TempDir static Path folder;

  private static Path whole;
  private static Ending ended;

  @BeforeAll
  static void sweep() throws IOException {
    CommandLineTest.drawPictures(folder.resolve("data"));
    whole = folder.resolve("whole");
    ended = run(SWEEP, "--out", whole);
    assertThat(ended.status()).as(ended.out() + ended.err()).isZero();
  }

  private static Ending run(String command, Object... more) {
    List<Object> all = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    all.addAll(List.of("--data", folder.resolve("data"), "--batch", 8, "--device", "cpu"));
    all.addAll(Arrays.asList(more));
    return Ending.of(all.toArray());
  }

  private static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file);
  }

  @Test
  void aRowForEachCellAndOnePretraining() throws IOException {
    List<String> table = lines(whole.resolve("sweep.csv"));
    assertThat(table).hasSize(3);
    assertThat(table.get(0)).startsWith("cell,alpha,").contains("pool after linear probe");
    assertThat(table.get(1)).startsWith("umm_alpha-0.01,0.01,");
    assertThat(table.get(2)).startsWith("umm_alpha-0,0,");
    assertThat(whole.resolve("pretrain/weights.safetensors")).exists();
    assertThat(ended.out()).contains("pretrain (1 of 3").contains("umm_alpha-0 (3 of 3");
  }

  /** But for the method's count of steps, which has reached its end in both. */
  @Test
  void sharedPretrainingGivesTheBitsOfARunByItself() throws IOException {
    Path alone = folder.resolve("alone");
    Ending single = run("umm --epochs 1 --umm-epochs 1 --method byol", "--out", alone);
    assertThat(single.status()).as(single.err()).isZero();
    Map<String, Array> expected =
        new HashMap<>(SafeTensors.read(alone.resolve("weights.safetensors")));
    Map<String, Array> found =
        new HashMap<>(SafeTensors.read(whole.resolve("umm_alpha-0.01/weights.safetensors")));
    expected.remove("step");
    found.remove("step");
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void goesOnWithWhatIsMissing() throws IOException {
    Path copy = folder.resolve("copy");
    String once = SWEEP.replace("alpha=0.01,0", "alpha=0.01");
    assertThat(run(once, "--out", copy).status()).isZero();
    Files.delete(copy.resolve("umm_alpha-0.01/summary.json"));
    Ending again = run(SWEEP, "--out", copy);
    assertThat(again.status()).as(again.out() + again.err()).isZero();
    assertThat(again.out()).contains("1 of 3 cells are there");
    assertThat(withoutTimes(copy)).isEqualTo(withoutTimes(whole));
    Ending other = run(SWEEP + " --beta 2", "--out", copy);
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err()).contains("was made with other settings");
  }

  /** In processes of their own, in any order; the number of jobs is no setting of the sweep. */
  @Test
  void severalAtATimeEndWithTheSameNumbers() throws IOException {
    Path out = folder.resolve("jobs");
    Ending several = run(SWEEP + " --jobs 2", "--out", out);
    assertThat(several.status()).as(several.out() + several.err()).isZero();
    assertThat(several.out()).contains("2 cells at a time").contains("(3 of 3, ");
    assertThat(withoutTimes(out)).isEqualTo(withoutTimes(whole));
    String weights = "umm_alpha-0/weights.safetensors";
    assertThat(SafeTensors.read(out.resolve(weights)))
        .isEqualTo(SafeTensors.read(whole.resolve(weights)));
    assertThat(run(SWEEP, "--out", out).out()).contains("3 of 3 cells are there");
    Ending none = run(SWEEP + " --jobs 0", "--out", out);
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).startsWith("error: --jobs").hasLineCount(1);
  }

  /** Asked to end, the sweep asks its processes, which put away what they have. */
  @Test
  void severalAtATimeGoOnAfterAnInterruption() throws Exception {
    Path out = folder.resolve("interrupted");
    // Of so many steps that neither run has ended when the other one has begun.
    String sweep = "sweep pretrain simclr --encoder tiny --epochs 400 --over seed=1..2 --jobs 2";
    List<String> line = new ArrayList<>(List.of(sweep.split(" ")));
    line.addAll(List.of("--data", folder.resolve("data").toString(), "--batch", "8"));
    line.addAll(List.of("--device", "cpu", "--out", out.toString()));
    Path log = folder.resolve("interrupted.log");
    Process process =
        new ProcessBuilder(ChildProgram.command(List.of(), Main.class.getName(), line))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    while (!(isBegun(out, 1) && isBegun(out, 2)) && process.isAlive()) {
      Thread.sleep(20);
    }
    List<ProcessHandle> children = process.children().toList();
    assertThat(children).as(Files.readString(log)).hasSize(2);
    process.toHandle().destroy();
    assertThat(process.waitFor()).as(Files.readString(log)).isEqualTo(143);
    assertThat(Files.readString(log)).contains("interrupted; the same command goes on with");
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    for (int seed = 1; seed <= 2; seed++) {
      Path cell = out.resolve("pretrain_seed-" + seed);
      assertThat(RunFolder.summary(cell)).as("neither has gone on to its end").isEmpty();
      assertThat(cell.resolve("checkpoints")).isNotEmptyDirectory();
    }

    Ending ended = run(sweep, "--out", out);
    assertThat(ended.status()).as(ended.out() + ended.err()).isZero();
    assertThat(lines(out.resolve("sweep.csv"))).hasSize(3);
  }

  private static boolean isBegun(Path out, int seed) {
    return Files.exists(out.resolve("pretrain_seed-" + seed + "/metrics.csv"));
  }

  private static List<List<String>> withoutTimes(Path sweep) throws IOException {
    List<String> table = lines(sweep.resolve("sweep.csv"));
    List<String> titles = List.of(table.get(0).split(",", -1));
    return table.stream()
        .map(
            line -> {
              List<String> values = new ArrayList<>(List.of(line.split(",", -1)));
              values.remove(titles.indexOf("umm seconds"));
              return values;
            })
        .toList();
  }

  @Test
  void shardsAreMerged() throws IOException {
    Path out = folder.resolve("shards");
    Ending first = run(SWEEP + " --shard 1/2", "--out", out);
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(run(SWEEP + " --shard 2/2", "--out", out).out()).contains("has no cells");
    Ending merged = Ending.of("sweep", "merge", out);
    assertThat(merged.status()).as(merged.err()).isZero();
    assertThat(merged.out()).startsWith("2 of 2 cells of 2 folders");
    Path table = out.resolve("shard-1-of-2/sweep.csv");
    Files.writeString(table, String.join("\n", lines(table).subList(0, 2)) + "\n");
    Ending less = Ending.of("sweep", "merge", out);
    assertThat(less.status()).isEqualTo(1);
    assertThat(less.out()).contains("missing: umm_alpha-0\n");
    Ending contradiction = Ending.of("sweep", "merge", whole, damaged(table));
    assertThat(contradiction.status()).isEqualTo(2);
    assertThat(contradiction.err()).contains("umm_alpha-0.01 has another result");
  }

  /** Three processes' shards, one of them killed in its first run and begun again. */
  @Test
  void aKilledShardGoesOnAndEveryCellIsThereOnce() throws Exception {
    Path out = folder.resolve("killed");
    String sweep =
        "sweep umm --epochs 1 --umm-epochs 1 --method byol --over alpha=0 --over seed=1..3";
    List<String> line = new ArrayList<>(List.of((sweep + " --shard 2/3").split(" ")));
    line.addAll(List.of("--data", folder.resolve("data").toString(), "--batch", "8"));
    line.addAll(List.of("--device", "cpu", "--out", out.toString()));
    Process process =
        new ProcessBuilder(ChildProgram.command(List.of(), Main.class.getName(), line))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("killed.log").toFile())
            .start();
    Path begun = out.resolve("shard-2-of-3/pretrain_seed-2/config.json");
    while (!Files.exists(begun) && process.isAlive()) {
      Thread.sleep(5);
    }
    process.destroyForcibly().waitFor();
    assertThat(begun).as(Files.readString(folder.resolve("killed.log"))).exists();
    assertThat(out.resolve("shard-2-of-3/umm_alpha-0_seed-2/summary.json")).doesNotExist();

    for (int shard = 1; shard <= 3; shard++) {
      Ending ended = run(sweep + " --shard " + shard + "/3", "--out", out);
      assertThat(ended.status()).as(ended.out() + ended.err()).isZero();
    }
    Ending merged = Ending.of("sweep", "merge", out);
    assertThat(merged.out()).startsWith("3 of 3 cells of 3 folders");
    assertThat(merged.status()).isZero();
    assertThat(lines(out.resolve("merged.csv")).stream().map(row -> row.split(",", 2)[0]))
        .containsExactly("cell", "umm_alpha-0_seed-1", "umm_alpha-0_seed-2", "umm_alpha-0_seed-3");
  }

  private static Path damaged(Path table) throws IOException {
    Files.writeString(table, Files.readString(table).replaceAll(",0\\.01,", ",0.01,9"));
    return table.getParent();
  }

  @Test
  void aCellThatFailsLeavesTheOthersAlone() throws IOException {
    Path out = folder.resolve("failing");
    Ending failing =
        run(
            "sweep pretrain simclr --epochs 1 --over encoder=nonsense,small --over seed=1",
            "--out",
            out);
    assertThat(failing.status()).isEqualTo(2);
    assertThat(failing.err()).contains("nonsense").hasLineCount(1);
    List<Object> line = List.of("sweep", "pretrain", "simclr", "--epochs", 1, "--over");
    List<Object> all = new ArrayList<>(line);
    all.addAll(List.of("batch=100,8", "--data", folder.resolve("data"), "--device", "cpu"));
    all.addAll(List.of("--out", out));
    Ending one = Ending.of(all.toArray());
    assertThat(one.status()).isEqualTo(1);
    assertThat(one.out()).contains("failed: pretrain_batch-100: batches: a batch of 100");
    assertThat(lines(out.resolve("sweep.csv"))).hasSize(2);
  }

  @Test
  void refusesInOneLine() {
    Path out = folder.resolve("refused");
    for (List<String> each :
        List.of(
            List.of("--over seed=3..1", "has an empty range"),
            List.of("--over nonsense=1", "umm has no option --nonsense.  those alpha, batch"),
            List.of("--over alpha=1,2", "--alpha is given twice"),
            List.of("--shard 3/2", "3 of 2 does not exist"),
            List.of("--over seed=a", "Invalid value for option '--seed'"),
            List.of("--nonsense 3", "--nonsense"))) {
      Ending refused = run(SWEEP + " " + each.get(0), "--out", out);
      assertThat(refused.status()).as(each.get(0)).isEqualTo(2);
      assertThat(refused.err()).startsWith("error: ").contains(each.get(1)).hasLineCount(1);
    }
    assertThat(Ending.of("sweep", "list").err()).contains("list is no command that makes runs");
    assertThat(Ending.of("sweep", "merge", out).err()).contains("is no folder of a sweep");
    assertThat(out).doesNotExist();
  }

  @Test
  void aDryRunMakesNoFolder() {
    Path out = folder.resolve("dry");
    Ending dry = run(SWEEP, "--out", out, "--dry-run");
    assertThat(dry.status()).as(dry.err()).isZero();
    assertThat(dry.out())
        .containsPattern("\\| pretrain +\\| +2 \\| +0\\.\\d{3} ")
        .containsPattern("\\| umm_alpha-0 +\\| +2 \\|")
        .contains("3 cells, about ");
    assertThat(out).doesNotExist();
  }
}
