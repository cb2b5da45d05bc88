package io.github.bilevel4j.golden;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The tests of one kind of golden file: one for each case of the folder's file of that name. Each
 * prints a line with its relative errors.
 */
interface GoldenKind extends GoldenComputation {

  /** What files hold besides values. */
  ImmutableMap<String, String> NOTES =
      ImmutableMap.of(
          "(.*/)?(verification/.*|rel_err_.*|float32_rel_err_observed/.*|stationarity_residual"
              + "|hypergradient_norm_at_opt)",
          "how exact the file itself is");

  /** The name of the file, its path in the folder without {@code .json}. */
  String file();

  @Override
  default ImmutableMap<String, String> notCompared() {
    return NOTES;
  }

  /** One test for each case in the given folder. */
  @TestFactory
  default Stream<DynamicTest> cases() {
    return cases(GoldenFolder.given());
  }

  /** One test for each case of a folder's file; one that fails if there is no file or no case. */
  default Stream<DynamicTest> cases(GoldenFolder folder) {
    Path path = folder.files().get(file());
    if (path == null) {
      return Stream.of(
          dynamicTest(file(), () -> fail("there is no file " + file() + " in " + folder.root())));
    }
    return GoldenFile.read(file(), path).cases().stream()
        .map(each -> dynamicTest(each.name(), () -> check(each)));
  }

  private void check(GoldenCase golden) {
    CaseReport report = report(golden);
    System.out.println(report.line());
    if (!report.failures().isEmpty()) {
      fail(report.line() + "\n" + String.join("\n", report.failures()));
    }
  }
}
