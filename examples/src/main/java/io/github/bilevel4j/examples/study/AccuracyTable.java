package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.examples.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Accuracies by method before and after UMM and its controls: tables 1 and 10. */
record AccuracyTable(
    String id,
    String title,
    ImmutableList<Benchmark> benchmarks,
    ImmutableList<String> ofPaper,
    boolean isJoint)
    implements Study {
  private static final String JOINT = "joint";
  private static final String AFTER = "after";

  /** The summary's names by the paper's. */
  private static final ImmutableMap<String, String> METRICS =
      ImmutableMap.of("linear", "linear probe", "5-nn", "5-nn");

  /** The suffix of a row by the moment that it shows. */
  private static final ImmutableMap<String, String> ROWS =
      ImmutableMap.<String, String>builder()
          .put("before", "")
          .put("alpha-0", "*")
          .put("beta-0", "**")
          .put(AFTER, " + UMM")
          .put("ssl-steps", " + SSL steps")
          .put("single-level", " + single level")
          .put(JOINT, " & UMM")
          .buildOrThrow();

  private static final ImmutableList<String> COMPARED =
      ImmutableList.of("before", "ssl-steps", "alpha-0", "beta-0", "single-level", JOINT);

  private ImmutableList<String> rows() {
    return isJoint
        ? ImmutableList.of("before", JOINT, "single-level", AFTER, "ssl-steps")
        : ROWS.keySet().asList().subList(0, ROWS.size() - 1);
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

  private static ImmutableList<Cell> umm(Design design, StudyData data, String method) {
    return design.overSeeds(seed -> design.umm(data, method, seed, "umm"));
  }

  private static ImmutableList<Cell> joint(Design design, StudyData data, String method) {
    return design.overSeeds(seed -> design.joint(data, method, seed));
  }

  private static Seeds measured(
      Design design, StudyFolder study, StudyData data, String method, String moment, String name) {
    return Seeds.of(
        study,
        moment.equals(JOINT) ? joint(design, data, method) : umm(design, data, method),
        result -> result.last(moment, METRICS.get(name)));
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
        + "* alpha 0, ** beta 0: which of the two marks which ablation is lost in the paper's text"
        + " and assumed.\n"
        + "The paper has no rows of SSL steps"
        + (isJoint ? ".\n" : " and single level in this table.\n");
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
    for (String moment : rows()) {
      for (String method : design.methods(ofPaper)) {
        List<String> cells = new ArrayList<>(List.of(method + ROWS.get(moment)));
        int least = design.seeds();
        for (StudyData data : design.data()) {
          for (String name : metrics().keySet()) {
            Seeds seeds = measured(design, study, data, method, moment, name);
            least = Math.min(least, seeds.count());
            cells.add(seeds.text());
            cells.add(
                PaperNumbers.get(
                        table(moment), data.compared().toString(), name, method, variant(moment))
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
  private String table(String moment) {
    return moment.equals("before") || moment.equals(AFTER) ? "table1" : id;
  }

  private static String variant(String moment) {
    return moment.equals(AFTER) ? "umm" : moment;
  }

  private Table differences(Design design, StudyFolder study) {
    List<String> compared =
        COMPARED.stream().filter(moment -> isJoint || !moment.equals(JOINT)).toList();
    List<String> titles = new ArrayList<>(List.of("data", "accuracy", "method"));
    compared.forEach(moment -> titles.add("less " + moment));
    Table table = Table.of(titles.toArray(String[]::new));
    for (StudyData data : design.data()) {
      for (String name : metrics().keySet()) {
        for (String method : design.methods(ofPaper)) {
          Seeds after = measured(design, study, data, method, AFTER, name);
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
