package io.github.bilevel4j.golden;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.shape.Array;
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

  /** Puts the values of a row, computed on an engine. */
  interface Row {
    void compute(GoldenCase row, Engine engine, Computed computed);
  }

  /** The table of a name in a file. */
  static GoldenTable of(String file, String name, String... expected) {
    return new GoldenTable(file, name, ImmutableSet.copyOf(expected));
  }

  /** One test for each row in the given folder, which prints a line with its relative errors. */
  Stream<DynamicTest> tests(Row row) {
    Path path = GoldenFolder.given().files().get(file);
    if (path == null) {
      return Stream.empty();
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
    ImmutableMap<String, Array> all = JsonArrays.in(row);
    return new GoldenCase(
        file,
        name + "_" + number,
        row,
        all,
        ImmutableMap.copyOf(Maps.filterKeys(all, expected::contains)),
        ImmutableMap.of("float64_rel", tolerance));
  }

  private static void check(GoldenCase golden, Row row) {
    CaseReport report = new CaseReport(golden);
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Computed computed = new Computed(golden, engine);
      row.compute(golden, engine, computed);
      report.add(Precision.FLOAT64, computed.comparisons());
    }
    System.out.println(report.line());
    if (!report.failures().isEmpty()) {
      fail(String.join("\n", report.failures()));
    }
  }
}
