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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

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
   * @throws io.github.bilevel4j.check.UsageError if a command does not take what a cell tells it,
   *     or there is no such device
   */
  static Plan of(Collection<Cell> cells) {
    Set<String> devices = new HashSet<>();
    for (Cell cell : cells) {
      if (given(cell).command() instanceof Planned planned) {
        planned.requireConsistent();
        if (devices.add(planned.device().device)) {
          planned.device().check();
        }
      }
    }
    return new Plan(ImmutableList.copyOf(cells));
  }

  private static CommandOptions.Given given(Cell cell) {
    List<String> line = cell.line(Path.of("study"));
    return CommandOptions.of(cell.command()).read(line.subList(1, line.size()));
  }

  /**
   * A table of the cells with the steps of all their trainings and the time that these and their
   * evaluations take.
   *
   * @param jobs how many run at a time, each as fast as alone
   * @throws io.github.bilevel4j.check.UsageError if the data or the options are at fault
   */
  String measured(int jobs) {
    Table table = Table.of("cell", "steps", "s a step", "evaluations", "about");
    double all = 0;
    for (Cell cell : cells) {
      ImmutableList<Planned.Phase> phases = phases(cell);
      Total training = Total.of(phases, true);
      Total evaluation = Total.of(phases, false);
      double seconds = training.seconds + evaluation.seconds;
      table =
          table.formatted(
              "%s|%,d|%s|%,d|%s",
              cell.name(),
              training.count,
              training.count == 0
                  ? "-"
                  : String.format(Locale.ROOT, "%.3f", training.seconds / training.count),
              evaluation.count,
              time(seconds));
      all += seconds;
    }
    return table
        + String.format(
            Locale.ROOT,
            "%n%d cells, about %s %s on this machine, without the reading of the data",
            cells.size(),
            time(all / jobs),
            jobs == 1 ? "in one process" : jobs + " at a time");
  }

  /** Of steps, or of evaluations. */
  private record Total(int count, double seconds) {
    static Total of(List<Planned.Phase> phases, boolean areTrainings) {
      List<Planned.Phase> all =
          phases.stream().filter(each -> each.isTraining() == areTrainings).toList();
      return new Total(
          all.stream().mapToInt(Planned.Phase::count).sum(),
          all.stream().mapToDouble(each -> each.count() * each.seconds()).sum());
    }
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
            new Planned.Phase(
                phase.isTraining(), phase.count(), measured.get(key).get(i).seconds()));
      }
      return ImmutableList.copyOf(phases);
    }
    if (given.command() instanceof PrintingCommand printing) {
      printing.follow();
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
