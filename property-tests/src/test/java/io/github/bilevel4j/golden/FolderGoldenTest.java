package io.github.bilevel4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every file of the folder is run or reported. */
class FolderGoldenTest {
  @Test
  void everyFileIsRunOrReported() {
    FolderReport report = FolderReport.of(GoldenFolder.given());
    report.lines().forEach(System.out::println);
    assertThat(report.tested()).as("files with a runner").isNotEmpty();
  }

  @Test
  void theCopyHasAFileForEveryRunnerAndNoOther() {
    ImmutableSet<String> files =
        ImmutableSet.copyOf(new GoldenFolder(GoldenFolder.copy()).files().keySet());
    assertThat(files).isEqualTo(ImmutableSet.copyOf(FolderReport.namesOfKinds()));
  }

  @Test
  void filesWithoutARunnerAreReported(@TempDir Path folder) throws IOException {
    Files.createDirectory(folder.resolve("bilevel"));
    Files.writeString(folder.resolve("kl_js.json"), "{}");
    Files.writeString(folder.resolve("sinkhorn_2.json"), "{}");
    Files.writeString(folder.resolve("bilevel/kl_js.json"), "{}");
    Files.writeString(folder.resolve("notes.txt"), "");
    FolderReport report =
        new FolderReport(
            ImmutableSet.copyOf(new GoldenFolder(folder).files().keySet()),
            ImmutableSet.of("kl_js", "primitives"));
    assertThat(report.lines())
        .containsExactly(
            "golden: no runner for bilevel/kl_js",
            "golden: no runner for notes.txt",
            "golden: no runner for sinkhorn_2",
            "golden: files with a runner 1, without one 3");
  }

  @Test
  void aFileWithoutCasesFails(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("kl_js.json"),
            """
            {"tolerance": {"float64_rel": 1e-9}, "cases": []}
            """);
    List<DynamicTest> tests = new DivergenceGoldenTest().cases(new GoldenFolder(folder)).toList();
    assertThat(tests).hasSize(1);
    assertThatThrownBy(tests.get(0).getExecutable()::execute)
        .isInstanceOf(AssertionError.class)
        .hasMessage("the file " + file + " has no cases");
  }

  @Test
  void aWrongValueFails(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("kl_js.json"),
            """
            {"tolerance": {"float64_rel": 1e-9},
             "cases": [{"name": "wrong", "params": {"divergence": "KL(p||q)"},
                        "inputs": {"p": [0.5, 0.5], "q": [0.5, 0.5]},
                        "expected": {"loss": 1, "other": 1}}]}
            """);
    GoldenCase wrong = GoldenFile.read("kl_js", file).cases().get(0);
    CaseReport report = new DivergenceGoldenTest().report(wrong);
    assertThat(report.line())
        .isEqualTo(
            "golden kl_js wrong: relative error 1.0e+00 (value 1.0e+00); not compared: other");
    assertThat(report.failures())
        .hasSize(2)
        .containsOnly("FLOAT64 loss: relative error 1.00 > 1.00e-09, expected 1.0, computed 0.0");
  }

  @Test
  void aRelativeFolderIsFoundAbove() {
    Path here = Path.of("").toAbsolutePath();
    assertThat(GoldenFolder.located(here.getFileName())).isEqualTo(here);
    assertThatThrownBy(() -> GoldenFolder.located(Path.of("no/such/folder")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "golden.dir: there is no folder no/such/folder in "
                + here
                + " or above.\nMaybe an absolute path was meant.");
  }
}
