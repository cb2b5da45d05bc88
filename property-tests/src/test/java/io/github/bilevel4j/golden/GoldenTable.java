package io.github.bilevel4j.golden;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * A further table of a golden file, beside its cases: rows with inputs and expected values on one
 * level, compared in float64.
 *
 * @param expected the names of the expected values
 */
record GoldenTable(String file, String name, ImmutableSet<String> expected) {

  /** The table of a name in a file. */
  static GoldenTable of(String file, String name, String... expected) {
    return new GoldenTable(file, name, ImmutableSet.copyOf(expected));
  }

  /** One test for each row in the given folder, which prints a line with its relative errors. */
  Stream<DynamicTest> tests(GoldenComputation row) {
    Path path = GoldenFolder.given().files().get(file);
    if (path == null) {
      return Stream.of(dynamicTest(file, () -> fail("there is no file " + file)));
    }
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(path.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    double tolerance = root.required("tolerance").required("float64_rel").doubleValue();
    ImmutableList<JsonNode> rows = ImmutableList.copyOf(root.required(name));
    return IntStream.range(0, rows.size())
        .mapToObj(i -> golden(i, rows.get(i), tolerance))
        .map(golden -> dynamicTest(golden.name(), () -> check(golden, row)));
  }

  private GoldenCase golden(int number, JsonNode row, double tolerance) {
    return GoldenCase.row(
        file, name + "_" + number, row, expected, ImmutableMap.of("float64_rel", tolerance));
  }

  private static void check(GoldenCase golden, GoldenComputation row) {
    CaseReport report = row.report(golden);
    System.out.println(report.line());
    if (!report.failures().isEmpty()) {
      fail(report.line() + "\n" + String.join("\n", report.failures()));
    }
  }
}
