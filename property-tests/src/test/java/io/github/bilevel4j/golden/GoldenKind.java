package io.github.bilevel4j.golden;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The tests of one kind of golden file: one for each case that the folder's file of that name
 * holds, in float64 and, where the file has a tolerance for it, in float32. Each prints a line with
 * its relative errors.
 */
interface GoldenKind {

  /** The name of the file, its path in the folder without {@code .json}. */
  String file();

  /** Puts the values of a case, computed on an engine. */
  void compute(GoldenCase golden, Engine engine, Computed computed);

  /** Whether a case can be computed in float32 at all. */
  default boolean suitsFloat32(GoldenCase golden) {
    return true;
  }

  /** One test for each case in the given folder. */
  @TestFactory
  default Stream<DynamicTest> cases() {
    return cases(GoldenFolder.given());
  }

  /** One test for each case of a folder's file; one that fails if the file holds none. */
  default Stream<DynamicTest> cases(GoldenFolder folder) {
    Path path = folder.files().get(file());
    if (path == null) {
      return Stream.empty();
    }
    GoldenFile golden = GoldenFile.read(file(), path);
    return golden.cases().isEmpty()
        ? Stream.of(dynamicTest(file(), () -> fail("the file " + path + " has no cases")))
        : golden.cases().stream().map(each -> dynamicTest(each.name(), () -> check(each)));
  }

  private void check(GoldenCase golden) {
    CaseReport report;
    try {
      report = report(golden);
    } catch (RuntimeException e) {
      System.out.println("golden " + file() + " " + golden.name() + ": not computed, " + e);
      throw e;
    }
    System.out.println(report.line());
    if (!report.failures().isEmpty()) {
      fail(report.line() + "\n" + String.join("\n", report.failures()));
    }
  }

  /** The comparison of a case with what is computed. */
  default CaseReport report(GoldenCase golden) {
    CaseReport report = new CaseReport(golden);
    add(golden, Precision.FLOAT64, report);
    if (golden.hasFloat32Tolerance() && suitsFloat32(golden)) {
      add(golden, Precision.FLOAT32, report);
    }
    return report;
  }

  private void add(GoldenCase golden, Precision precision, CaseReport report) {
    try (Engine engine = Evaluation.open(precision)) {
      Computed computed = new Computed(golden, engine);
      compute(golden, engine, computed);
      report.add(precision, computed.comparisons());
    }
  }
}
