package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.eval.Paired;
import io.github.bilevel4j.examples.report.Table;
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

  /**
   * A repair.
   *
   * @param moment what the encoder's features are called after it
   */
  private record Repair(String name, String moment, ImmutableList<Setting> settings) {
    static Repair mode(String mode, Setting... others) {
      return named(mode, mode, others);
    }

    static Repair named(String name, String mode, Setting... others) {
      return new Repair(
          name,
          mode,
          ImmutableList.<Setting>builder().add(Setting.of(MODE, mode)).add(others).build());
    }
  }

  private static final ImmutableList<Repair> REPAIRS =
      ImmutableList.of(
          Repair.mode("inner-solution"),
          Repair.mode("held-out"),
          Repair.named("held-out, strong views", "held-out", Setting.of("--outer-views", "strong")),
          Repair.mode("proximal"),
          new Repair(
              "UMM, strong inner views",
              "after",
              ImmutableList.of(Setting.of("--inner-views", "strong"))),
          new Repair(
              "UMM, strong outer views",
              "after",
              ImmutableList.of(Setting.of("--outer-views", "strong"))));

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
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        REPAIRS.forEach(repair -> cells.addAll(cells(design, data, method, repair)));
      }
    }
    return cells.build();
  }

  private static ImmutableList<String> methods(Design design) {
    return design.methods(ImmutableList.of("simclr"));
  }

  private static ImmutableList<Cell> cells(
      Design design, StudyData data, String method, Repair repair) {
    Setting[] own = repair.settings().toArray(Setting[]::new);
    return design.overSeeds(
        seed -> design.umm(data, method, seed, Cell.fileName(repair.name()), own));
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

  private static Table table(
      Design design, StudyFolder study, StudyData data, String method, Repair repair) {
    ImmutableList<Cell> cells = cells(design, data, method, repair);
    Table table =
        Table.of(
            repair.name() + " (" + method + ", " + data.title() + ")",
            "linear %",
            "less " + COMPARED,
            "the repair less it",
            "5-NN %",
            "less " + COMPARED,
            "seeds");
    for (String moment : moments(study, cells)) {
      Seeds linear = measured(study, cells, moment, LINEAR);
      Seeds neighbors = measured(study, cells, moment, NEIGHBORS);
      boolean isCompared = moment.equals(COMPARED);
      boolean isRepair = moment.equals(repair.moment());
      table =
          table.row(
              isRepair ? "**" + repair.name() + "**" : moment,
              linear.text(),
              isCompared ? "" : linear.less(measured(study, cells, COMPARED, LINEAR)),
              isRepair ? "" : measured(study, cells, repair.moment(), LINEAR).less(linear),
              neighbors.text(),
              isCompared ? "" : neighbors.less(measured(study, cells, COMPARED, NEIGHBORS)),
              Integer.toString(linear.count()));
    }
    return table;
  }

  private static Seeds measured(
      StudyFolder study, ImmutableList<Cell> cells, String moment, String metric) {
    return Seeds.of(study, cells, result -> result.last(moment, metric));
  }

  /** In the order of the first cell that has ended. */
  private static ImmutableSet<String> moments(StudyFolder study, ImmutableList<Cell> cells) {
    ImmutableSet.Builder<String> moments = ImmutableSet.builder();
    cells.forEach(cell -> study.result(cell).ifPresent(result -> moments.addAll(result.moments())));
    return moments.build();
  }
}
