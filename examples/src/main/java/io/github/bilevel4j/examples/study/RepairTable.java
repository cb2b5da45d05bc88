package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.eval.Paired;
import io.github.bilevel4j.examples.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Repairs beyond the paper's, each with what it has to be better than: trainings from the same
 * weights, in as many steps. Those of UMM's terms are compared with UMM and its controls, those
 * that learn from held-out pictures with a grid of fixed values.
 */
final class RepairTable implements Study {
  private static final String LINEAR = "linear probe";
  private static final String NEIGHBORS = "5-nn";
  private static final String MODE = "--mode";

  /** Of what is learned beside weights. */
  private static final String HYPER_RATE = "--hyper-rate";

  private static final String STEPS = "ssl-steps";

  /** What features are called after UMM. */
  private static final String UMM = "after";

  private static final String PICTURE_WEIGHTS = "picture-weights";

  /** The method whose loss is a mean of pictures. */
  private static final String OF_PICTURES = "simclr";

  /** With them it is no such mean. */
  private static final ImmutableSet<String> CHANGING_LOSS =
      ImmutableSet.of("--regularizer", "--constraint-weight");

  private static final ImmutableSet<String> PLAIN =
      ImmutableSet.of("before", STEPS, "strong-views");

  /**
   * A repair.
   *
   * @param settings the options of {@code umm}
   * @param moment what the encoder's features are called after it
   * @param controls the repair with whose controls it is compared; empty for UMM's
   */
  private record Repair(
      String name, ImmutableList<Setting> settings, String moment, String controls) {
    static Repair ofUmm(String name, String moment, Setting... settings) {
      return new Repair(name, ImmutableList.copyOf(settings), moment, "");
    }

    static Repair ofHeldOut(String name, String mode, String controls, Setting... settings) {
      return new Repair(
          name,
          ImmutableList.<Setting>builder().add(Setting.of(MODE, mode)).add(settings).build(),
          mode,
          controls);
    }

    boolean isOfUmm() {
      return controls.isEmpty();
    }

    boolean hasOwnControls() {
      return controls.equals(name);
    }

    ImmutableList<Cell> cells(Design design, StudyData data, String method) {
      Design own = isOfUmm() ? design.without(HYPER_RATE) : design;
      Setting[] told =
          Stream.concat(
                  settings.stream(),
                  hasOwnControls() ? Stream.of(Design.CONTROLS) : Stream.<Setting>empty())
              .toArray(Setting[]::new);
      return own.overSeeds(seed -> own.repaired(data, method, seed, Cell.fileName(name), told));
    }

    /** What a row of the controls is called in its table. */
    String title(String control) {
      if (PLAIN.contains(control) || !isOfUmm()) {
        return control;
      }
      return control.equals(UMM) ? "UMM" : "UMM, " + control;
    }
  }

  private static final ImmutableList<Repair> REPAIRS =
      ImmutableList.of(
          Repair.ofUmm("inner-solution", "inner-solution", Setting.of(MODE, "inner-solution")),
          Repair.ofUmm("UMM, strong inner views", UMM, Setting.of("--inner-views", "htdt")),
          Repair.ofUmm("UMM, strong outer views", UMM, Setting.of("--outer-views", "htdt")),
          Repair.ofHeldOut("held-out", "held-out", "held-out"),
          Repair.ofHeldOut(
              "held-out, strong outer views",
              "held-out",
              "held-out",
              Setting.of("--outer-views", "htdt")),
          Repair.ofHeldOut("proximal", "proximal", "proximal"),
          Repair.ofHeldOut(PICTURE_WEIGHTS, PICTURE_WEIGHTS, PICTURE_WEIGHTS));

  @Override
  public String id() {
    return "repairs";
  }

  @Override
  public String title() {
    return "linear accuracy (%) after repairs beyond the paper, and what they have to be better than";
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
        for (Repair repair : repairs(design, method)) {
          cells.addAll(controls(design, data, method, repair));
          cells.addAll(repair.cells(design, data, method));
        }
      }
    }
    return cells.build().asList();
  }

  /** Those that can be made of a method: weights of pictures need a loss that is a mean of them. */
  private static ImmutableList<Repair> repairs(Design design, String method) {
    boolean isMeanOfPictures =
        method.equals(OF_PICTURES)
            && design.options().stream().noneMatch(each -> CHANGING_LOSS.contains(each.name()));
    return REPAIRS.stream()
        .filter(repair -> isMeanOfPictures || !repair.name().equals(PICTURE_WEIGHTS))
        .collect(ImmutableList.toImmutableList());
  }

  private static ImmutableList<String> methods(Design design) {
    return design.methods(ImmutableList.of(OF_PICTURES));
  }

  private static ImmutableList<Cell> controls(
      Design design, StudyData data, String method, Repair repair) {
    if (repair.isOfUmm()) {
      Design own = design.without(HYPER_RATE);
      return own.overSeeds(seed -> own.ummBesideRepairs(data, method, seed));
    }
    return REPAIRS.stream()
        .filter(each -> each.name().equals(repair.controls()))
        .findFirst()
        .orElseThrow()
        .cells(design, data, method);
  }

  /** How many are judged together. */
  private static int comparisons(Design design) {
    return design.data().size()
        * methods(design).stream().mapToInt(method -> repairs(design, method).size()).sum();
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    StringBuilder text = new StringBuilder(caption);
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        for (Repair repair : repairs(design, method)) {
          text.append('\n').append(table(design, study, data, method, repair)).append('\n');
        }
      }
    }
    return text + "\n" + Study.legend(design) + corrected(design);
  }

  private static String corrected(Design design) {
    return design.seeds() < 2
        ? ""
        : String.format(
            Locale.ROOT,
            "In bold rows and in the column \"the repair less it\" the bound is %.1f, since there are %d"
                + " repairs%n(Bonferroni, for each of the two accuracies).%n",
            Paired.leastErrors(design.seeds(), comparisons(design)),
            comparisons(design));
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
        rows.add(new Row(repair.title(moment), controls, moment));
      }
    }
    rows.add(repaired);
    Row steps = new Row(STEPS, controls, STEPS);
    Table table =
        Table.of(
            repair.name() + " (" + method + ", " + data.title() + ")",
            "linear %",
            "less " + STEPS,
            "the repair less it",
            "5-NN %",
            "less " + STEPS,
            "seeds");
    for (Row row : rows) {
      boolean isRepair = row.equals(repaired);
      int judged = isRepair ? comparisons(design) : 1;
      Seeds linear = row.measured(study, LINEAR);
      Seeds neighbors = row.measured(study, NEIGHBORS);
      boolean isCompared = row.equals(steps);
      table =
          table.row(
              row.title(),
              linear.text(),
              isCompared ? "" : linear.less(steps.measured(study, LINEAR), judged),
              isRepair ? "" : repaired.measured(study, LINEAR).less(linear, comparisons(design)),
              neighbors.text(),
              isCompared ? "" : neighbors.less(steps.measured(study, NEIGHBORS), judged),
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
