package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import io.github.bilevel4j.check.UsageError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A command with all combinations of some options' values.
 *
 * @param fixed the options that are the same in all cells
 */
public record Sweep(
    String command, ImmutableList<Setting> fixed, ImmutableList<Axis> axes, CellMaker maker) {
  private static final int MOST = 100_000;

  /**
   * @throws UsageError if an option is there twice, or there are too many cells
   */
  public Sweep {
    Set<String> names = new HashSet<>();
    fixed.forEach(each -> names.add(each.name()));
    for (Axis axis : axes) {
      if (!names.add("--" + axis.name())) {
        throw UsageError.in("--over")
            .because("--%s is given twice", axis.name())
            .maybe("all its values were meant in one --over, separated by commas.");
      }
    }
    double count =
        axes.stream().mapToDouble(axis -> axis.values().size()).reduce(1, (a, b) -> a * b);
    if (count > MOST) {
      throw UsageError.in("--over")
          .because("there are %.0f combinations, more than %,d", count, MOST)
          .error();
    }
  }

  /** A cell and the values by the axes' names. */
  public record Point(ImmutableMap<String, String> key, Cell cell) {}

  /** All combinations, the last option's values next to each other. */
  public ImmutableList<Point> points() {
    Set<String> used = new HashSet<>();
    ImmutableList.Builder<Point> points = ImmutableList.builder();
    for (List<String> values : Lists.cartesianProduct(axes.stream().map(Axis::values).toList())) {
      ImmutableMap.Builder<String, String> key = ImmutableMap.builder();
      IntStream.range(0, axes.size()).forEach(i -> key.put(axes.get(i).name(), values.get(i)));
      points.add(point(key.buildOrThrow(), used));
    }
    return points.build();
  }

  private Point point(ImmutableMap<String, String> key, Set<String> used) {
    List<Setting> settings = new ArrayList<>(fixed);
    key.forEach((name, value) -> settings.add(Setting.of("--" + name, value)));
    String name = name(key, command);
    // Values that differ in what no folder can be called by.
    for (int i = 2; !used.add(name); i++) {
      name = name(key, command) + "_" + i;
    }
    ImmutableMap<String, String> shared =
        key.entrySet().stream()
            .filter(each -> maker.isOfPretraining("--" + each.getKey()))
            .collect(ImmutableMap.toImmutableMap(each -> each.getKey(), each -> each.getValue()));
    return new Point(key, maker.cell(command, name, name(shared, "pretrain"), settings));
  }

  private static String name(ImmutableMap<String, String> key, String first) {
    String values =
        key.entrySet().stream()
            .map(each -> "_" + each.getKey() + "-" + each.getValue())
            .collect(Collectors.joining());
    return Cell.fileName(first + values);
  }

  /**
   * The cells of a shard. Those that begin with the same pre-training are in the same one, so that
   * none is made twice.
   */
  public ImmutableList<Point> points(Shard shard) {
    ImmutableList<Point> all = points();
    List<Cell> begun = all.stream().map(point -> first(point.cell())).distinct().toList();
    return all.stream()
        .filter(point -> shard.has(begun.indexOf(first(point.cell()))))
        .collect(ImmutableList.toImmutableList());
  }

  private static Cell first(Cell cell) {
    return cell.start().map(Cell.Start::cell).orElse(cell);
  }

  /** What all cells have in common. */
  public String common() {
    return fixed.stream()
        .map(Setting::argument)
        .collect(Collectors.joining(" ", command + " ", ""))
        .strip();
  }
}
