package io.github.bilevel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.io.Resources;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.ssl.Preset;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The published numbers of all recipes, {@code presets.csv}, which says how it is written. */
record PresetTable(ImmutableList<Row> rows) {
  private static final String HEADER = "preset,method,setting,value,source";
  private static final String RUN = "run.";

  /** One line: a value of a setting, for each of some methods in each of some presets. */
  record Row(int line, Names presets, Names methods, String setting, String value, String source) {

    boolean isFor(Preset preset, BuiltInMethod kind) {
      return presets.contain(name(preset)) && methods.contain(kind.toString());
    }

    /** Whether it says for what a recipe is built, not what is in it. */
    boolean isOfRun() {
      return setting.startsWith(RUN);
    }

    boolean matches(String path) {
      return path.matches(setting.replace(".", "\\.").replace("*", "[^.]+"));
    }

    @Override
    public String toString() {
      return "line " + line + ": " + setting + " = " + value + " (" + source + ")";
    }
  }

  /** Some names, or all but some. */
  record Names(boolean all, Set<String> named) {
    static Names of(String text) {
      List<String> words = Splitter.on(' ').splitToList(text);
      boolean all = words.contains("*");
      return new Names(
          all,
          Set.copyOf(
              words.stream()
                  .filter(word -> !word.equals("*"))
                  .map(word -> all ? word.replaceFirst("^-", "") : word)
                  .toList()));
    }

    boolean contain(String name) {
      return named.contains(name) != all;
    }
  }

  static PresetTable read() {
    List<String> lines = lines();
    List<Row> rows = new ArrayList<>();
    boolean begun = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (begun) {
        rows.add(row(i + 1, line));
      } else if (!line.equals(HEADER)) {
        throw new IllegalStateException("expected " + HEADER + ", got " + line);
      }
      begun = true;
    }
    return new PresetTable(ImmutableList.copyOf(rows));
  }

  private static List<String> lines() {
    try {
      return Resources.readLines(Resources.getResource(PresetTable.class, "presets.csv"), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Row row(int number, String line) {
    List<String> cells = Splitter.on(',').trimResults().splitToList(line);
    if (cells.size() != 5 || cells.get(4).isEmpty()) {
      throw new IllegalStateException("line " + number + " has not five cells: " + line);
    }
    Names presets = Names.of(cells.get(0));
    Names methods = Names.of(cells.get(1));
    requireKnown(number, presets, Stream.of(Preset.values()).map(PresetTable::name).toList());
    requireKnown(
        number, methods, Stream.of(BuiltInMethod.values()).map(BuiltInMethod::toString).toList());
    return new Row(number, presets, methods, cells.get(2), cells.get(3), cells.get(4));
  }

  private static void requireKnown(int line, Names names, List<String> known) {
    if (!known.containsAll(names.named())) {
      throw new IllegalStateException("line " + line + ": unknown name among " + names.named());
    }
  }

  static String name(Preset preset) {
    return preset.name().toLowerCase(Locale.ROOT);
  }

  /** The rows of settings of a recipe. */
  List<Row> settings(Preset preset, BuiltInMethod kind) {
    return rows.stream().filter(row -> row.isFor(preset, kind) && !row.isOfRun()).toList();
  }

  /** What a recipe is built for, for instance {@code run("batch", ...)}. */
  int run(String what, Preset preset, BuiltInMethod kind) {
    List<Row> found =
        rows.stream()
            .filter(row -> row.isFor(preset, kind) && row.setting().equals(RUN + what))
            .toList();
    if (found.size() != 1) {
      throw new IllegalStateException(
          "not one row " + RUN + what + " of " + kind + " in " + preset + ": " + found);
    }
    return Integer.parseInt(found.get(0).value());
  }
}
