package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.examples.study.SweepTable;
import io.github.bilevel4j.experiment.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of methods: its cells, how it goes on, and what stops it. */
class TableCommandTest {
  private static final String COLUMNS =
      "method,seed,moment,linear probe %,5-nn %,coding rate reduction";

  @TempDir static Path data;

  @TempDir Path folder;

  private static Path whole;
  private static Ending first;

  @BeforeAll
  static void compare() throws IOException {
    CommandLineTest.drawPictures(data.resolve("data"));
    whole = data.resolve("whole");
    first = table("simclr,byol", "--out", whole);
    assertThat(first.status()).as(first.out() + first.err()).isZero();
  }

  /** Runs the command on the pictures with some options, by name and value, added or changed. */
  private static Ending table(String methods, Object... changed) {
    Map<Object, Object> options = new LinkedHashMap<>();
    options.put("--methods", methods);
    options.put("--data", data.resolve("data"));
    options.put("--seeds", 1);
    options.put("--batch", 8);
    options.put("--epochs", 1);
    options.put("--device", "cpu");
    for (int i = 0; i < changed.length; i += 2) {
      options.put(changed[i], changed[i + 1]);
    }
    List<Object> arguments = new ArrayList<>(List.of("table", "--quick"));
    options.forEach((name, value) -> arguments.addAll(List.of(name, value)));
    return Ending.of(arguments.toArray());
  }

  private static List<String> cells(Path table) throws IOException {
    return Files.readAllLines(table.resolve("table.csv"));
  }

  @Test
  void comparesMethodsBesideBaselines() throws IOException {
    assertThat(first.out())
        .contains("baselines_seed-1 (1 of 5", "umm_seed-1_method-byol (5 of 5", "| simclr ");
    assertThat(first.err()).contains("--seeds: One seed: there is no deviation and no interval.");
    assertThat(cells(whole)).hasSize(7).startsWith(COLUMNS);
    assertThat(cells(whole).subList(1, 7).stream().map(line -> line.replaceAll(",\\d.*,", ",")))
        .extracting(line -> line.substring(0, line.lastIndexOf(',')))
        .containsExactly("raw pixels", "untrained encoder", "simclr", "simclr", "byol", "byol");
    assertThat(whole.resolve("table.md"))
        .hasContent(new MethodTable(SweepTable.read(whole.resolve("sweep.csv"))).toString());
    assertThat(whole.resolve("pretrain_seed-1_method-simclr/weights.safetensors")).exists();
  }

  @Test
  void goesOnWithMoreMethods() throws IOException {
    Path out = folder.resolve("table");
    assertThat(table("simclr", "--out", out).status()).isZero();
    Files.delete(out.resolve("umm_seed-1_method-simclr/summary.json"));
    Ending more = table("simclr,byol", "--out", out);
    assertThat(more.status()).as(more.err()).isZero();
    assertThat(more.out()).contains("2 of 5 cells are there");
    assertThat(cells(out)).isEqualTo(cells(whole));
    Ending other = table("simclr", "--out", out, "--alpha", "0.5");
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err())
        .startsWith("error: output folder: " + out + " was made with other settings.")
        .contains("--alpha=0.5")
        .hasLineCount(1);
  }

  @Test
  void shardsAreMergedToTheSameTable() throws IOException {
    Path out = folder.resolve("shards");
    for (String shard : List.of("1/2", "2/2")) {
      Ending part = table("simclr,byol", "--out", out, "--shard", shard);
      assertThat(part.status()).as(part.err()).isZero();
    }
    Ending merged = Ending.of("sweep", "merge", out);
    assertThat(merged.status()).as(merged.err()).isZero();
    assertThat(merged.out()).startsWith("3 of 3 cells of 2 folders").contains("| simclr ");
    assertThat(cells(out)).isEqualTo(cells(whole));
    assertThat(out.resolve("table.md")).hasSameTextualContentAs(whole.resolve("table.md"));
  }

  @Test
  void methodThatCannotUseTheBatchLeavesTheOthersAlone() {
    Path out = folder.resolve("table");
    Ending refused = table("wmse,byol", "--preset", "htdt", "--out", out);
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.out())
        .contains("failed: pretrain_seed-1_method-wmse: WMseLoss: ")
        .contains("| byol ")
        .doesNotContain("| wmse ");
    assertThat(out.resolve("table.md"))
        .content()
        .contains("| byol ")
        .contains("\nfailed: pretrain_seed-1_method-wmse: WMseLoss: ")
        .contains("\nfailed: umm_seed-1_method-wmse: it needs pretrain_seed-1_method-wmse");
  }

  @Test
  void refusesInOneLineBeforeAFolderIsMade() {
    Path out = folder.resolve("refused");
    List<List<Object>> mistakes =
        List.of(
            List.of("--data", folder.resolve("nowhere"), "nowhere"),
            List.of("--seeds", 0, "--seeds: the value must be 1 or more, got 0"),
            List.of("--seed", 3, "--seed: table chooses it for each of its runs"),
            List.of("--shard", "3/2", "--shard: 3 of 2 does not exist"),
            List.of("--batch", 0, "the batch must be 1 or more, got 0"),
            List.of("--nonsense", 1, "--nonsense"));
    for (List<Object> each : mistakes) {
      Ending refused = table("simclr", "--out", out, each.get(0), each.get(1));
      assertThat(refused.status()).as(refused.out()).isEqualTo(2);
      assertThat(refused.err()).contains(each.get(2).toString()).hasLineCount(1);
    }
    Ending unknown = table("simclr,nonsense", "--out", out);
    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err()).contains("nonsense").hasLineCount(1);
    assertThat(out).doesNotExist();
  }

  @Test
  void tooFewPicturesAreRefusedBeforeTheFirstStep() throws IOException {
    CommandLineTest.drawPictures(folder.resolve("few"), 2);
    Path out = folder.resolve("table");
    Ending ended = table("simclr", "--data", folder.resolve("few"), "--batch", 4, "--out", out);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err()).startsWith(CommandLineTest.TOO_FEW);
    assertThat(out).doesNotExist();
  }

  /** Nothing is deleted, written or locked in it. */
  @Test
  void aFolderOfSomethingElseStaysAsItIs() throws IOException {
    Path other = Files.createDirectory(folder.resolve("table"));
    Files.writeString(other.resolve("film.mkv.part"), "half a download");
    Ending ended = table("simclr", "--out", other);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err()).contains(other + " holds no readable config.json");
    assertThat(other.toFile().list()).containsExactly("film.mkv.part");
    Files.delete(other.resolve("film.mkv.part"));
    Files.writeString(other.resolve(".lock"), "another program's");
    assertThat(table("simclr", "--out", other).err())
        .contains(other.resolve(".lock") + " is of another program");
    assertThat(other.resolve(".lock")).hasContent("another program's");
    Files.delete(other.resolve(".lock"));
    Files.writeString(other.resolve("config.json"), "{\"command\": \"umm\"}");
    assertThat(table("simclr", "--out", other).err())
        .isEqualTo(
            "error: output folder: "
                + other
                + " is not of the command table.  Maybe another folder was meant.\n");
  }

  @Test
  void secondTableInAFolderIsRefused() throws IOException {
    try (RunFolder held =
        RunFolder.toContinue(folder.resolve("table"), "table", Map.of(), Map.of())) {
      Ending ended = table("simclr", "--out", held.path());
      assertThat(ended.err())
          .isEqualTo(
              "error: output folder: "
                  + held.path()
                  + " is in use by process "
                  + ProcessHandle.current().pid()
                  + ".  Maybe another folder was meant, or that run should end first.\n");
      assertThat(ended.status()).isEqualTo(2);
    }
  }

  /** A folder is in the place of table.md. */
  @Test
  void fileThatCannotBeWrittenEndsWithStatusOne() throws IOException {
    Path out = folder.resolve("table");
    assertThat(table("byol", "--out", out).status()).isZero();
    Path text = out.resolve("table.md");
    Files.delete(text);
    Files.createDirectories(text.resolve("in the way"));
    Files.delete(out.resolve("table.csv"));
    Ending ended = table("byol", "--out", out);
    assertThat(ended.status()).isEqualTo(1);
    String message = text + " cannot be written: Is a directory (";
    assertThat(ended.err().lines().filter(line -> line.contains(message)))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("warning: ") && line.endsWith("); the run goes on"))
        .anyMatch(line -> line.startsWith("error: ") && line.endsWith(")"));
    assertThat(cells(out)).hasSize(5);
  }

  private MethodTable of(String... lines) throws IOException {
    Path file = folder.resolve("sweep.csv");
    Files.write(file, List.of(lines));
    return new MethodTable(SweepTable.read(file));
  }

  @Test
  void meansAndDeviationsOfTheLastStage() throws IOException {
    MethodTable table =
        of(
            "cell,seed,method,layer1 before linear probe,pool before linear probe,pool before 5-nn,"
                + "pool before coding rate reduction,pool after linear probe,pool after 5-nn,"
                + "pool after coding rate reduction",
            "a,1,byol,1,41,33,2,43.26,35,2.5",
            "b,1,simclr,1,40,30,1,,,",
            "c,2,simclr,1,42,31,1.5,,,",
            "d,1,vicreg,1,,,,,,");
    assertThat(table.toString().lines().skip(2).map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "| simclr | 41.0 ± 1.4 | - | 30.5 ± 0.7 | - | 1.250 ± 0.354 | - | 2 |",
            "| byol | 41.0 | 43.3 | 33.0 | 35.0 | 2.000 | 2.500 | 1 |");
    assertThat(table.csv())
        .isEqualTo(
            COLUMNS
                + "\nsimclr,1,before,40.00,30.00,1.0000\nsimclr,2,before,42.00,31.00,1.5000\n"
                + "byol,1,before,41.00,33.00,2.0000\nbyol,1,after,43.26,35.00,2.5000\n");
  }

  @Test
  void zeroHasNoSign() throws IOException {
    MethodTable table =
        of(
            "cell,seed,raw pixels linear probe,raw pixels 5-nn,raw pixels coding rate reduction",
            "baselines,1,0,0,-0.00004");
    assertThat(table.csv()).endsWith("\nraw pixels,1,before,0.00,0.00,0.0000\n");
    assertThat(table.toString()).contains(" 0.000 ").doesNotContain("-0");
  }
}
