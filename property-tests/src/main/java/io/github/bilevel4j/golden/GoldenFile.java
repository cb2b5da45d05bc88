package io.github.bilevel4j.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * A golden file: cases with common tolerances.
 *
 * @param name the name of the file
 * @param cases all cases
 */
public record GoldenFile(String name, ImmutableList<GoldenCase> cases) {

  /**
   * Reads a file.
   *
   * @throws UncheckedIOException if it cannot be read
   * @throws io.github.bilevel4j.check.UsageError if it has no cases
   */
  public static GoldenFile read(String name, Path path) {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(path.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ImmutableMap<String, Double> tolerances =
        tolerances(root.has("tolerance") ? root.get("tolerance") : root.required("tolerances"));
    ImmutableList.Builder<GoldenCase> cases = ImmutableList.builder();
    root.path("cases").forEach(node -> cases.add(GoldenCase.of(name, node, tolerances)));
    GoldenFile file = new GoldenFile(name, cases.build());
    if (file.cases().isEmpty()) {
      throw UsageError.in("golden " + name)
          .because("the file has no cases")
          .value("path", path)
          .error();
    }
    return file;
  }

  /** All single numbers by path. */
  private static ImmutableMap<String, Double> tolerances(JsonNode node) {
    ImmutableMap.Builder<String, Double> tolerances = ImmutableMap.builder();
    JsonArrays.in(node)
        .forEach(
            (path, value) -> {
              if (value.shape().rank() == 0) {
                tolerances.put(path, value.scalarValue());
              }
            });
    return tolerances.buildOrThrow();
  }
}
