package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.examples.report.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Accuracies by method before and after UMM and its controls: tables 1 and 10. */
record AccuracyTable(
    String id,
    String title,
    ImmutableList<Benchmark> benchmarks,
    ImmutableList<String> ofPaper,
    boolean isJoint)
    implements Study {
  /** The summary's names by the paper's. */
  private static final ImmutableMap<String, String> METRICS =
      ImmutableMap.of("linear", "linear probe", "5-nn", "5-nn");

  private ImmutableList<Moment> rows() {
    return isJoint
        ? ImmutableList.of(
            Moment.BEFORE, Moment.JOINT, Moment.SINGLE_LEVEL, Moment.AFTER, Moment.SSL_STEPS)
        : ImmutableList.of(
            Moment.BEFORE,
            Moment.ALPHA_0,
            Moment.BETA_0,
            Moment.AFTER,
            Moment.SSL_STEPS,
            Moment.SINGLE_LEVEL);
  }

  /** What UMM has to be better than. */
  private ImmutableList<Moment> compared() {
    return Arrays.stream(Moment.values())
        .filter(moment -> moment != Moment.AFTER && (isJoint || moment != Moment.JOINT))
        .collect(ImmutableList.toImmutableList());
  }

  private Map<String, String> metrics() {
    return isJoint ? ImmutableMap.of("linear", METRICS.get("linear")) : METRICS;
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : design.methods(ofPaper)) {
        cells.addAll(umm(design, data, method));
        if (isJoint) {
          cells.addAll(joint(design, data, method));
        }
      }
    }
    return cells.build();
  }

  private double share(Design design) {
    return isJoint ? design.scale().shareOfJoint() : 1;
  }

  private ImmutableList<Cell> umm(Design design, StudyData data, String method) {
    return design.overSeeds(seed -> design.umm(data, method, seed, share(design)));
  }

  private ImmutableList<Cell> joint(Design design, StudyData data, String method) {
    return design.overSeeds(seed -> design.joint(data, method, seed, share(design)));
  }

  private Seeds measured(
      Design design, StudyFolder study, StudyData data, String method, Moment moment, String name) {
    return Seeds.of(
        study,
        moment == Moment.JOINT ? joint(design, data, method) : umm(design, data, method),
        result -> result.last(moment.toString(), METRICS.get(name)));
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    return caption
        + "\n"
        + accuracies(design, study)
        + "\n\nUMM less what it has to be better than, in points of accuracy:\n\n"
        + differences(design, study)
        + "\n\n"
        + Study.legend(design)
        + (rows().contains(Moment.ALPHA_0) ? Moment.ABLATIONS : "")
        + "The paper has no rows of SSL steps"
        + (isJoint ? ".\n" + passes(design) : " and single level in this table.\n");
  }

  /** What makes the rows comparable. */
  private String passes(Design design) {
    return String.format(
        Locale.ROOT,
        "Pre-training and joint training (X & UMM) have %,d epochs, and as many ordinary steps; joint"
            + " training has as%nmany steps of UMM besides. The other rows begin with that"
            + " pre-training.%n",
        design.epochs(share(design)));
  }

  private Table accuracies(Design design, StudyFolder study) {
    List<String> titles = new ArrayList<>(List.of("method"));
    for (StudyData data : design.data()) {
      for (String name : metrics().keySet()) {
        titles.add(data.title() + " " + name);
        titles.add("paper" + (data.benchmark().isEmpty() ? " " + data.compared() : ""));
      }
    }
    titles.add("seeds");
    Table table = Table.of(titles.toArray(String[]::new));
    for (Moment moment : rows()) {
      for (String method : design.methods(ofPaper)) {
        List<String> cells = new ArrayList<>(List.of(moment.row(method)));
        int least = design.seeds();
        for (StudyData data : design.data()) {
          for (String name : metrics().keySet()) {
            Seeds seeds = measured(design, study, data, method, moment, name);
            least = Math.min(least, seeds.count());
            cells.add(seeds.text());
            cells.add(
                PaperNumbers.get(
                        table(moment), data.compared().toString(), name, method, moment.variant())
                    .orElse("-"));
          }
        }
        cells.add(Integer.toString(least));
        table = table.row(cells.toArray(String[]::new));
      }
    }
    return table;
  }

  /** Before and after are in table 1 alone. */
  private String table(Moment moment) {
    return moment == Moment.BEFORE || moment == Moment.AFTER ? "table1" : id;
  }

  private Table differences(Design design, StudyFolder study) {
    List<Moment> compared = compared();
    List<String> titles = new ArrayList<>(List.of("data", "accuracy", "method"));
    compared.forEach(moment -> titles.add("less " + moment));
    Table table = Table.of(titles.toArray(String[]::new));
    for (StudyData data : design.data()) {
      for (String name : metrics().keySet()) {
        for (String method : design.methods(ofPaper)) {
          Seeds after = measured(design, study, data, method, Moment.AFTER, name);
          List<String> cells = new ArrayList<>(List.of(data.title(), name, method));
          compared.forEach(
              moment -> cells.add(after.less(measured(design, study, data, method, moment, name))));
          table = table.row(cells.toArray(String[]::new));
        }
      }
    }
    return table;
  }
}
