package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.examples.report.TableCell;
import io.github.bilevel4j.examples.report.TableCell.Stage;
import io.github.bilevel4j.examples.report.TableCells;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.experiment.Scores;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
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
    assertThat(folder.resolve("table/report.html"))
        .content()
        .contains("<td>simclr</td>", "failed: wmse, seed 1: WMseLoss: ", "./bilevel4j table");
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
    TableCommand command = parsed(Main.program().setOut(new PrintWriter(Writer.nullWriter())));
    AtomicInteger questions = new AtomicInteger();
    try (RunFolder made = RunFolder.toContinue(folder.resolve(name), "table", Map.of(), Map.of())) {
      TableRun run = new TableRun(command, made, () -> questions.incrementAndGet() > lastQuestion);
      assertThat(run.all())
          .isEqualTo(lastQuestion == Integer.MAX_VALUE ? 0 : CommandRun.INTERRUPTED);
    }
    return TableCells.in(folder.resolve(name + "/table.csv")).all().stream()
        .map(cell -> withoutSeconds(cell.toLine()))
        .toList();
  }

  private static TableCommand parsed(CommandLine program) {
    program.parseArgs(
        "table",
        "--data=" + data.resolve("data"),
        "--quick",
        "--seeds=1",
        "--batch=8",
        "--epochs=1",
        "--methods=simclr",
        "--device=cpu");
    return program.getSubcommands().get("table").getCommand();
  }

  /** Before pre-training, in it, after it, and in UMM. */
  @Test
  void interruptedAnywhereItGoesOn() throws IOException {
    List<String> whole = cellsOf("whole", Integer.MAX_VALUE);
    assertThat(whole).hasSize(4);
    for (int questions = 2; questions < 6; questions++) {
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
    Files.writeString(file, TableCell.TITLES + "\nsimclr,1,bef\n");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableCells.in(file))
        .withMessage(
            "table: line 2 of "
                + file
                + " is not as it was written: \"simclr,1,bef\".\n"
                + "Maybe the line should be deleted: its cell is then computed again.");
  }

  @Test
  void cutLineIsLeftOutAndTold() throws IOException {
    Path file = folder.resolve("table.csv");
    String cell = "simclr,1,before,40.00,30.00,1.0000,5.0\n";
    Files.writeString(file, TableCell.TITLES + "\n" + cell + "simclr,1,after,40.00,3");
    TableCells cells = TableCells.in(file);
    assertThat(cells).hasToString(TableCell.TITLES + "\n" + cell);
    assertThat(cells.cut())
        .contains(
            file + ": its last line was cut off, \"simclr,1,after,40.00,3\", and is left out");
    Files.writeString(file, "method,see");
    assertThat(TableCells.in(file)).hasToString(TableCell.TITLES + "\n");
    Files.writeString(file, "");
    assertThat(TableCells.in(file).cut()).isEmpty();
  }

  /** What a crash at their creation has left. */
  @Test
  void emptyFilesDoNotLockAFolder() throws IOException {
    Path table = Files.createDirectory(folder.resolve("table"));
    Files.createFile(table.resolve("config.json"));
    Files.createFile(table.resolve("table.csv"));
    Files.createFile(table.resolve("simclr-1.safetensors.part"));
    Ending ended = table("simclr");
    assertThat(ended.status()).as(ended.err()).isZero();
    assertThat(cells()).hasSize(5).startsWith(TableCell.TITLES);
    assertThat(table).isDirectoryNotContaining("glob:**.part");
    Files.writeString(table.resolve("config.json"), "{\"command");
    assertThat(table("simclr").err())
        .isEqualTo(
            "error: output folder: "
                + table
                + " holds no readable config.json.  Maybe another folder was meant: this one is not"
                + " of such a run.\n");
  }

  /** Nothing is deleted, written or locked in it. */
  @Test
  void aFolderOfSomethingElseStaysAsItIs() throws IOException {
    Path other = Files.createDirectory(folder.resolve("table"));
    Files.writeString(other.resolve("film.mkv.part"), "half a download");
    Ending ended = table("simclr");
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err()).contains(other + " holds no readable config.json");
    assertThat(other.toFile().list()).containsExactly("film.mkv.part");
    Files.delete(other.resolve("film.mkv.part"));
    Files.writeString(other.resolve(".lock"), "another program's");
    assertThat(table("simclr").err()).contains(other.resolve(".lock") + " is of another program");
    assertThat(other.resolve(".lock")).hasContent("another program's");
  }

  @Test
  void secondTableInAFolderIsRefused() throws IOException {
    try (RunFolder held =
        RunFolder.toContinue(folder.resolve("table"), "table", Map.of(), Map.of())) {
      Ending ended = table("simclr");
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

  @Test
  void tooFewPicturesAreRefusedBeforeTheFirstStep() throws IOException {
    CommandLineTest.drawPictures(folder.resolve("few"), 2);
    Ending ended = table("simclr", "--data", folder.resolve("few"), "--batch", 4);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.err()).startsWith(CommandLineTest.TOO_FEW);
    assertThat(folder.resolve("table")).doesNotExist();
  }

  /** A folder is in the place of table.md. */
  @Test
  void fileThatCannotBeWrittenEndsWithStatusOne() throws IOException {
    Ending first = table("simclr");
    assertThat(first.status()).as(first.err()).isZero();
    Path text = folder.resolve("table/table.md");
    Files.delete(text);
    Files.createDirectories(text.resolve("in the way"));
    Ending ended = table("simclr,vicreg");
    assertThat(ended.status()).isEqualTo(1);
    String message = text + " cannot be written: Is a directory (";
    assertThat(ended.err().lines().filter(line -> line.contains(message)))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("warning: ") && line.endsWith("); the run goes on"))
        .anyMatch(line -> line.startsWith("error: ") && line.endsWith(")"));
    assertThat(cells()).hasSize(7);
  }

  /** A folder comes into the place of the weights with the first step's question. */
  @Test
  void weightsThatCannotBeWrittenAreRescued() throws IOException {
    StringWriter err = new StringWriter();
    CommandLine program = Main.program().setOut(new PrintWriter(Writer.nullWriter()));
    TableCommand command = parsed(program.setErr(new PrintWriter(err)));
    AtomicInteger questions = new AtomicInteger();
    Path weights = folder.resolve("rescued/simclr-1.safetensors");
    try (RunFolder made =
        RunFolder.toContinue(folder.resolve("rescued"), "table", Map.of(), Map.of())) {
      TableRun run =
          new TableRun(
              command,
              made,
              () -> {
                if (questions.incrementAndGet() == 3) {
                  assertThat(weights.resolve("in the way").toFile().mkdirs()).isTrue();
                }
                return false;
              });
      assertThat(run.all()).isEqualTo(1);
    }
    assertThat(err.toString()).contains(weights + " cannot be written: Is a directory (");
    String instead =
        err.toString()
            .lines()
            .filter(l -> l.startsWith("the weights are in "))
            .findFirst()
            .orElseThrow();
    assertThat(Path.of(instead.split(" ", -1)[4])).isNotEmptyFile();
  }

  @Test
  void cellsThatWereNotWrittenSoAreTold() throws IOException {
    Path file = folder.resolve("table.csv");
    String cell = "simclr,1,before,40.00,30.00,1.0000,5.0";
    for (String other : new String[] {cell + ",6", cell + "0", "simclr,+1" + cell.substring(8)}) {
      Files.writeString(file, TableCell.TITLES + "\n" + other + "\n");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TableCells.in(file))
          .withMessageContaining("line 2 of " + file + " is not as it was written");
    }
    Files.write(file, new byte[] {(byte) 0xff, '\n'});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableCells.in(file))
        .withMessageContaining("line 1 of " + file + " is not as it was written");
    Files.delete(file);
    Files.createDirectory(file);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TableCells.in(file))
        .withMessageStartingWith("table: " + file + " cannot be read.");
  }

  @Test
  void zeroHasNoSign() {
    TableCell cell = new TableCell("simclr", 1, Stage.BEFORE, new Scores(0, 0, -0.00004), 5);
    assertThat(cell.toLine()).isEqualTo("simclr,1,before,0.00,0.00,0.0000,5.0");
    assertThat(new MethodTable(List.of(cell)).toString()).contains(" 0.000 ").doesNotContain("-0");
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
