package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.eval.Paired;
import io.github.bilevel4j.examples.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Repairs beyond the paper's, each with what it has to be better than: trainings from the same
 * weights, in as many steps.
 */
final class RepairTable implements Study {
  private static final String COMPARED = "ssl-steps";
  private static final String LINEAR = "linear probe";
  private static final String NEIGHBORS = "5-nn";
  private static final String MODE = "--mode";

  /** What features are called after UMM. */
  private static final String UMM = "after";

  /**
   * A repair.
   *
   * @param settings the options of {@code umm}
   * @param moment what the encoder's features are called after it
   * @param hasOwnControls of its own mode; else it is compared with those of UMM, and with UMM
   */
  private record Repair(
      String name, ImmutableList<Setting> settings, String moment, boolean hasOwnControls) {
    static Repair learned(String name, String mode, Setting... others) {
      return new Repair(
          name,
          ImmutableList.<Setting>builder().add(Setting.of(MODE, mode)).add(others).build(),
          mode,
          true);
    }

    static Repair ofUmm(String name, String moment, Setting... settings) {
      return new Repair(name, ImmutableList.copyOf(settings), moment, false);
    }

    ImmutableList<Cell> cells(Design design, StudyData data, String method) {
      String label = Cell.fileName(name);
      Setting[] own = settings.toArray(Setting[]::new);
      return design.overSeeds(
          seed ->
              hasOwnControls
                  ? design.umm(data, method, seed, label, own)
                  : design.ummAlone(data, method, seed, label, own));
    }
  }

  private static final ImmutableList<Repair> REPAIRS =
      ImmutableList.of(
          Repair.ofUmm("inner-solution", "inner-solution", Setting.of(MODE, "inner-solution")),
          Repair.ofUmm("UMM, strong inner views", UMM, Setting.of("--inner-views", "strong")),
          Repair.ofUmm("UMM, strong outer views", UMM, Setting.of("--outer-views", "strong")),
          Repair.learned("held-out", "held-out"),
          Repair.learned(
              "held-out, strong views", "held-out", Setting.of("--outer-views", "strong")),
          Repair.learned("proximal", "proximal"));

  @Override
  public String id() {
    return "repairs";
  }

  @Override
  public String title() {
    return "repairs beyond the paper, and what they have to be better than";
  }

  @Override
  public ImmutableList<Benchmark> benchmarks() {
    return ImmutableList.of(Benchmark.CIFAR_10);
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    ImmutableSet.Builder<Cell> cells = ImmutableSet.builder();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        for (Repair repair : REPAIRS) {
          cells.addAll(controls(design, data, method, repair));
          cells.addAll(repair.cells(design, data, method));
        }
      }
    }
    return cells.build().asList();
  }

  private static ImmutableList<String> methods(Design design) {
    return design.methods(ImmutableList.of("simclr"));
  }

  private static ImmutableList<Cell> controls(
      Design design, StudyData data, String method, Repair repair) {
    return repair.hasOwnControls()
        ? repair.cells(design, data, method)
        : design.overSeeds(seed -> design.umm(data, method, seed, "umm"));
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    StringBuilder text = new StringBuilder(caption);
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        for (Repair repair : REPAIRS) {
          text.append('\n').append(table(design, study, data, method, repair)).append('\n');
        }
      }
    }
    return text + "\n" + Study.legend(design) + corrected(design);
  }

  /** The bound for as many comparisons as there are repairs. */
  private static String corrected(Design design) {
    return design.seeds() < 2
        ? ""
        : String.format(
            Locale.ROOT,
            "There are %d repairs: for 95 %% of all together it would be %.1f.%n",
            REPAIRS.size(),
            Paired.leastErrors(design.seeds(), REPAIRS.size()));
  }

  /**
   * A row of a table.
   *
   * @param moment in the results of the cells
   */
  private record Row(String title, ImmutableList<Cell> cells, String moment) {
    Seeds measured(StudyFolder study, String metric) {
      return Seeds.of(study, cells, result -> result.last(moment, metric));
    }
  }

  private static Table table(
      Design design, StudyFolder study, StudyData data, String method, Repair repair) {
    ImmutableList<Cell> controls = controls(design, data, method, repair);
    Row repaired =
        new Row("**" + repair.name() + "**", repair.cells(design, data, method), repair.moment());
    List<Row> rows = new ArrayList<>();
    for (String moment : moments(study, controls)) {
      if (!(repair.hasOwnControls() && moment.equals(repair.moment()))) {
        rows.add(new Row(moment.equals(UMM) ? "UMM" : moment, controls, moment));
      }
    }
    rows.add(repaired);
    Row compared = new Row(COMPARED, controls, COMPARED);
    Table table =
        Table.of(
            repair.name() + " (" + method + ", " + data.title() + ")",
            "linear %",
            "less " + COMPARED,
            "the repair less it",
            "5-NN %",
            "less " + COMPARED,
            "seeds");
    for (Row row : rows) {
      Seeds linear = row.measured(study, LINEAR);
      Seeds neighbors = row.measured(study, NEIGHBORS);
      boolean isCompared = row.equals(compared);
      table =
          table.row(
              row.title(),
              linear.text(),
              isCompared ? "" : linear.less(compared.measured(study, LINEAR)),
              row.equals(repaired) ? "" : repaired.measured(study, LINEAR).less(linear),
              neighbors.text(),
              isCompared ? "" : neighbors.less(compared.measured(study, NEIGHBORS)),
              Integer.toString(linear.count()));
    }
    return table;
  }

  /** In the order of the first cell that has ended. */
  private static ImmutableSet<String> moments(StudyFolder study, ImmutableList<Cell> cells) {
    ImmutableSet.Builder<String> moments = ImmutableSet.builder();
    cells.forEach(cell -> study.result(cell).ifPresent(result -> moments.addAll(result.moments())));
    return moments.build();
  }
}
