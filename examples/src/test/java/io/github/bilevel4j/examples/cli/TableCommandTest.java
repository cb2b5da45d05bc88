package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.examples.cli.TableCell.Stage;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.experiment.Scores;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The table of methods: its cells, how it goes on, and what stops it. */
class TableCommandTest {
  @TempDir static Path data;

  @TempDir Path folder;

  @BeforeAll
  static void makePictures() throws IOException {
    CommandLineTest.drawPictures(data.resolve("data"));
  }

  /** Runs the command on the pictures with some options, by name and value, added or changed. */
  private Ending table(String methods, Object... changed) {
    Map<Object, Object> options = new LinkedHashMap<>();
    options.put("--methods", methods);
    options.put("--data", data.resolve("data"));
    options.put("--seeds", 1);
    options.put("--batch", 8);
    options.put("--epochs", 1);
    options.put("--device", "cpu");
    options.put("--out", folder.resolve("table"));
    for (int i = 0; i < changed.length; i += 2) {
      options.put(changed[i], changed[i + 1]);
    }
    List<Object> arguments = new ArrayList<>(List.of("table", "--quick"));
    options.forEach((name, value) -> arguments.addAll(List.of(name, value)));
    return Ending.of(arguments.toArray());
  }

  private List<String> cells() throws IOException {
    return Files.readAllLines(folder.resolve("table/table.csv"));
  }

  private static String withoutSeconds(String line) {
    return line.substring(0, line.lastIndexOf(','));
  }

  @Test
  void goesOnWhereItWasInterrupted() throws IOException {
    Ending first = table("simclr");
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.out().lines().filter(line -> line.contains("left)")))
        .hasSize(4)
        .allMatch(line -> line.matches(".*, seed 1, (before|after): linear .*"));
    List<String> whole = cells();
    assertThat(whole).hasSize(5);
    assertThat(whole.subList(1, 5).stream().map(line -> line.split(",", 2)[0]))
        .containsExactly("raw pixels", "untrained encoder", "simclr", "simclr");

    Files.write(folder.resolve("table/table.csv"), whole.subList(0, 4));
    Ending second = table("simclr,vicreg");
    assertThat(second.status()).as(second.err()).isZero();
    assertThat(second.out().lines().filter(line -> line.contains("left)"))).hasSize(3);
    List<String> continued = cells();
    assertThat(continued).hasSize(7).startsWith(whole.subList(0, 4).toArray(String[]::new));
    assertThat(withoutSeconds(continued.get(4))).isEqualTo(withoutSeconds(whole.get(4)));
    assertThat(Files.readString(folder.resolve("table/table.md")))
        .isEqualTo(new MethodTable(TableCells.in(folder.resolve("table/table.csv")).all()) + "\n")
        .contains("| vicreg ");
  }

  @Test
  void methodThatCannotUseTheBatchLeavesTheOthersAlone() {
    Ending refused = table("wmse,simclr", "--preset", "htdt");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.out())
        .contains("failed: wmse, seed 1: WMseLoss: ")
        .contains("simclr, seed 1, after: ")
        .contains("(6 of 6, about 0 min left)")
        .contains("| simclr ");
    assertThat(folder.resolve("table/table.md"))
        .content()
        .contains("| simclr ")
        .contains("\nfailed: wmse, seed 1: WMseLoss: ");
  }

  @Test
  void otherSettingsNeedAnotherFolder() {
    assertThat(table("simclr").status()).isZero();
    Ending ended = table("simclr", "--alpha", "0.5");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err().strip())
        .isEqualTo(
            "error: output folder: "
                + folder.resolve("table")
                + " was made with other settings.  alpha there 0.01  alpha here 0.5"
                + "  Maybe another folder was meant.");
  }

  @Test
  void folderOfAnotherCommandAndDataThatAreNotThere() throws IOException {
    Files.createDirectory(folder.resolve("table"));
    Ending missing = table("simclr", "--data", folder.resolve("nowhere"));
    assertThat(missing.status()).isEqualTo(2);
    assertThat(folder.resolve("table")).isEmptyDirectory();
    Files.writeString(folder.resolve("table/config.json"), "{\"command\": \"umm\"}");
    Ending other = table("simclr");
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err().strip())
        .isEqualTo(
            "error: output folder: "
                + folder.resolve("table")
                + " is not of the command table.  Maybe another folder was meant.");
  }

  /** The cells, without their times, of a run that is interrupted at the given question. */
  private List<String> cellsOf(String name, int lastQuestion) throws IOException {
    CommandLine program = Main.program().setOut(new PrintWriter(Writer.nullWriter()));
    program.parseArgs(
        "table",
        "--data=" + data.resolve("data"),
        "--quick",
        "--seeds=1",
        "--batch=8",
        "--epochs=1",
        "--methods=simclr",
        "--device=cpu");
    TableCommand command = program.getSubcommands().get("table").getCommand();
    AtomicInteger questions = new AtomicInteger();
    TableRun run =
        new TableRun(
            command,
            RunFolder.toContinue(folder.resolve(name), "table", Map.of()),
            () -> questions.incrementAndGet() > lastQuestion);
    assertThat(run.all()).isEqualTo(lastQuestion == Integer.MAX_VALUE ? 0 : CommandRun.INTERRUPTED);
    return TableCells.in(folder.resolve(name + "/table.csv")).all().stream()
        .map(cell -> withoutSeconds(cell.toLine()))
        .toList();
  }

  /** In pre-training, after it, in UMM, and between. */
  @Test
  void interruptedAnywhereItGoesOn() throws IOException {
    List<String> whole = cellsOf("whole", Integer.MAX_VALUE);
    assertThat(whole).hasSize(4);
    for (int questions = 1; questions < 8; questions += 2) {
      String name = "interrupted-" + questions;
      List<String> first = cellsOf(name, questions);
      assertThat(whole).startsWith(first.toArray(String[]::new)).hasSizeGreaterThan(first.size());
      assertThat(cellsOf(name, Integer.MAX_VALUE)).isEqualTo(whole);
    }
  }

  @Test
  void brokenCell() throws IOException {
    Files.createDirectory(folder.resolve("table"));
    Path file = folder.resolve("table/table.csv");
    Files.writeString(file, TableCell.TITLES + "\nsimclr,1,bef");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableCells.in(file))
        .withMessage(
            "table: line 2 of "
                + file
                + " is not as it was written: \"simclr,1,bef\".\n"
                + "Maybe the line should be deleted: its cell is then computed again.");
  }

  @Test
  void meansAndDeviations() {
    MethodTable table =
        new MethodTable(
            List.of(
                new TableCell("simclr", 1, Stage.BEFORE, new Scores(40, 30, 1), 5),
                new TableCell("simclr", 2, Stage.BEFORE, new Scores(42, 31, 1.5), 5),
                new TableCell("byol", 1, Stage.BEFORE, new Scores(41, 33, 2), 5),
                new TableCell("byol", 1, Stage.AFTER, new Scores(43.26, 35, 2.5), 5)));
    assertThat(table.toString().lines().skip(2).map(line -> line.replaceAll(" +", " ")))
        .containsExactly(
            "| simclr | 41.0 ± 1.4 | - | 30.5 ± 0.7 | - | 1.250 ± 0.354 | - | 2 |",
            "| byol | 41.0 | 43.3 | 33.0 | 35.0 | 2.000 | 2.500 | 1 |");
  }
}
