package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.examples.study.Cell;
import io.github.bilevel4j.examples.study.Setting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The cells of a study, which its commands take, with the trainings that each makes. */
final class Plan {
  /** What changes a step's numbers, not its time. */
  private static final ImmutableSet<String> OF_NUMBERS =
      ImmutableSet.of("--seed", "--epochs", "--umm-epochs", "--weights", "--out");

  private final ImmutableList<Cell> cells;
  private final Map<String, ImmutableList<Planned.Phase>> measured = new HashMap<>();

  private Plan(ImmutableList<Cell> cells) {
    this.cells = cells;
  }

  /**
   * Of cells.
   *
   * @throws io.github.bilevel4j.check.UsageError if a command does not take what a cell tells it
   */
  static Plan of(Collection<Cell> cells) {
    for (Cell cell : cells) {
      if (given(cell).command() instanceof Planned planned) {
        planned.run().check();
      }
    }
    return new Plan(ImmutableList.copyOf(cells));
  }

  private static CommandOptions.Given given(Cell cell) {
    List<String> line = cell.line(Path.of("study"));
    return CommandOptions.of(cell.command()).read(line.subList(1, line.size()));
  }

  /**
   * A table of the cells with the steps of all their trainings and the time that these take.
   *
   * @throws io.github.bilevel4j.check.UsageError if the data or the options are at fault
   */
  String measured() {
    Table table = Table.of("cell", "steps", "s a step", "about");
    double all = 0;
    for (Cell cell : cells) {
      ImmutableList<Planned.Phase> phases = phases(cell);
      int steps = phases.stream().mapToInt(Planned.Phase::steps).sum();
      double seconds = phases.stream().mapToDouble(each -> each.steps() * each.seconds()).sum();
      table =
          table.formatted(
              "%s|%,d|%s|%s",
              cell.name(),
              steps,
              steps == 0 ? "-" : String.format(Locale.ROOT, "%.3f", seconds / steps),
              time(seconds));
      all += seconds;
    }
    return table
        + String.format(
            Locale.ROOT,
            "%n%d cells, about %s in one process on this machine, without evaluation",
            cells.size(),
            time(all));
  }

  private ImmutableList<Planned.Phase> phases(Cell cell) {
    CommandOptions.Given given = given(cell);
    if (!(given.command() instanceof Planned planned)) {
      return ImmutableList.of();
    }
    String key = key(cell, given);
    if (measured.containsKey(key)) {
      List<Planned.Phase> phases = new ArrayList<>();
      ImmutableList<Planned.Phase> steps = planned.plan(false);
      for (int i = 0; i < steps.size(); i++) {
        Planned.Phase phase = steps.get(i);
        phases.add(
            new Planned.Phase(phase.name(), phase.steps(), measured.get(key).get(i).seconds()));
      }
      return ImmutableList.copyOf(phases);
    }
    ImmutableList<Planned.Phase> phases = planned.plan(true);
    measured.put(key, phases);
    return phases;
  }

  /** Cells that agree in it have steps of the same length: weights and rates do not matter. */
  private static String key(Cell cell, CommandOptions.Given given) {
    List<String> parts = new ArrayList<>(given.positional());
    parts.add(cell.command());
    parts.add(cell.start().isPresent() ? "with weights" : "without");
    for (Setting each : given.settings()) {
      if (!OF_NUMBERS.contains(each.name()) && !isFraction(each)) {
        parts.add(each.name() + "=" + each.value().orElse(""));
      }
    }
    return String.join(" ", parts);
  }

  /** A weight of zero leaves a term out. */
  private static boolean isFraction(Setting setting) {
    return setting
        .value()
        .filter(
            value -> value.matches("[-+0-9.eE]*[.eE][-+0-9.eE]*") && Double.parseDouble(value) != 0)
        .isPresent();
  }

  static String time(double seconds) {
    if (seconds < 90) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds < 5400
        ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
        : String.format(Locale.ROOT, "%,.1f h", seconds / 3600);
  }
}
