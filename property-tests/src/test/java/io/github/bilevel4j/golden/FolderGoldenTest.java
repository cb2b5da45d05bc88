package io.github.bilevel4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
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
  void aMissingFileFails(@TempDir Path folder) {
    List<DynamicTest> tests = new DivergenceGoldenTest().cases(new GoldenFolder(folder)).toList();
    assertThat(tests).hasSize(1);
    assertThatThrownBy(tests.get(0).getExecutable()::execute)
        .isInstanceOf(AssertionError.class)
        .hasMessage("there is no file kl_js in " + folder);
  }

  @Test
  void aFileWithoutCasesFails(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("kl_js.json"),
            """
            {"tolerance": {"float64_rel": 1e-9}, "cases": []}
            """);
    assertThatThrownBy(() -> new DivergenceGoldenTest().cases(new GoldenFolder(folder)))
        .isInstanceOf(UsageError.class)
        .hasMessage("golden kl_js: the file has no cases.\n  path  " + file);
  }

  private static GoldenCase divergence(Path folder, String parameters, String expected)
      throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("kl_js.json"),
            """
            {"tolerance": {"float64_rel": 1e-9},
             "cases": [{"name": "a case", "params": {"divergence": "KL(p||q)"%s},
                        "inputs": {"p": [0.5, 0.5], "q": [0.25, 0.75], "r": [0.5, 0.5]},
                        "expected": {%s}}]}
            """
                .formatted(parameters, expected));
    return GoldenFile.read("kl_js", file).cases().get(0);
  }

  @Test
  void whatIsWrongNotUsedOrNotComparedFails(@TempDir Path folder) throws IOException {
    GoldenCase wrong = divergence(folder, ", \"base\": 2", "\"loss\": 1, \"other\": 1");
    CaseReport report = new DivergenceGoldenTest().report(wrong);
    assertThat(report.line())
        .isEqualTo("golden kl_js a case: relative error 8.6e-01 (value 8.6e-01)");
    assertThat(report.failures())
        .containsExactly(
            "FLOAT64 loss: relative error 0.856 > 1.00e-13, expected 1.0, computed 0.143841036225890"
                + "45",
            "FLOAT64 loss: relative error 0.856 > 1.00e-13, expected 1.0, computed 0.143841036225890"
                + "45",
            "not used: base, r",
            "not compared: other");
  }

  @Test
  void whatIsListedWithAReasonPasses(@TempDir Path folder) throws IOException {
    GoldenCase golden = divergence(folder, ", \"base\": 2", "\"loss\": 0.5, \"other\": 1");
    GoldenComputation constant =
        new GoldenComputation() {
          @Override
          public void compute(GoldenCase each, Engine engine, Computed computed) {
            each.requires("divergence", "KL(p||q)");
            computed.put("loss", each.input("p").at(0));
          }

          @Override
          public ImmutableMap<String, String> notUsed() {
            return ImmutableMap.of("base", "of no use", "q", "of no use", "r", "of no use");
          }

          @Override
          public ImmutableMap<String, String> notCompared() {
            return ImmutableMap.of("oth.*", "of no use");
          }
        };
    assertThat(constant.report(golden).failures()).isEmpty();
    constant.assertReproduced(golden);
  }

  @Test
  void anotherValueThanPresupposedFails(@TempDir Path folder) throws IOException {
    GoldenCase golden = divergence(folder, "", "\"loss\": 0.5");
    assertThatThrownBy(() -> golden.requires("divergence", "JS"))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            """
            golden kl_js a case: the computation presupposes divergence = JS.
              given  KL(p||q)""");
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
