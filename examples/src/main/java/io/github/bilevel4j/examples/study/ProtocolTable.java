package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What another evaluation tells of encoders before and after UMM, and after ordinary steps of the
 * same number: tables 4 and 8.
 */
enum ProtocolTable implements Study {
  /** Few labels. */
  TABLE4(
      "semi-supervised accuracy (%): all of the encoder trained on a share of the labels",
      ImmutableList.of(Benchmark.IMAGENET),
      ImmutableList.of("simclr", "byol", "barlow-twins", "vicregl", "moco-v2", "simsiam"),
      "finetune",
      ImmutableList.of(
          new Column("1 % top-1", "--labels", "1%", "how", "fine-tuned", "top1"),
          new Column("1 % top-5", "--labels", "1%", "how", "fine-tuned", "top5"),
          new Column("10 % top-1", "--labels", "10%", "how", "fine-tuned", "top1"),
          new Column("10 % top-5", "--labels", "10%", "how", "fine-tuned", "top5"))) {
    @Override
    String data(StudyData data) {
      return Benchmark.IMAGENET.toString();
    }

    @Override
    void check(Design design) {}
  },
  /** Long tails. */
  TABLE8(
      "linear accuracy (%) of encoders pre-trained on a long tail, and of its groups of classes",
      ImmutableList.of(Benchmark.CIFAR_10),
      ImmutableList.of("simclr", "sdclr", "bcl-i"),
      "longtail",
      ImmutableList.of(
          new Column("linear", "--shots", "full", "shots", "full", "accuracy"),
          new Column("many", "--shots", "full", "shots", "full", "many"),
          new Column("medium", "--shots", "full", "shots", "full", "medium"),
          new Column("few", "--shots", "full", "shots", "full", "few"),
          new Column("balancedness", "--shots", "full", "shots", "full", "balancedness"))) {
    @Override
    String data(StudyData data) {
      return data.compared() + "-LT";
    }

    @Override
    void check(Design design) {
      if (design.options().stream().noneMatch(each -> each.name().equals("--subset"))) {
        throw UsageError.in("reproduce")
            .because("%s needs a list of the long tail's pictures", id())
            .maybe("--subset LIST was meant, positions in the train part or their names.");
      }
    }
  };

  private static final String BEFORE = "before";
  private static final String STEPS = "ssl-steps";
  private static final String AFTER = "umm";

  private final String title;
  private final ImmutableList<Benchmark> benchmarks;
  private final ImmutableList<String> ofPaper;
  private final String command;
  private final ImmutableList<Column> columns;

  ProtocolTable(
      String title,
      ImmutableList<Benchmark> benchmarks,
      ImmutableList<String> ofPaper,
      String command,
      ImmutableList<Column> columns) {
    this.title = title;
    this.benchmarks = benchmarks;
    this.ofPaper = ofPaper;
    this.command = command;
    this.columns = columns;
  }

  /**
   * A number of the evaluation's table.
   *
   * @param option that the evaluation is told, with its value
   * @param key and label, which tell the row
   * @param metric the number in it
   */
  @Immutable
  private record Column(
      String title, String option, String value, String key, String label, String metric) {
    double of(CellResult result) {
      return result.rows().stream()
          .filter(row -> label.equals(row.get(key)))
          .map(row -> row.get(metric))
          .filter(Number.class::isInstance)
          .mapToDouble(number -> ((Number) number).doubleValue())
          .findFirst()
          .orElse(Double.NaN);
    }
  }

  /** What the paper calls the data. */
  abstract String data(StudyData data);

  abstract void check(Design design);

  @Override
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public ImmutableList<Benchmark> benchmarks() {
    return benchmarks;
  }

  private ImmutableList<String> methods(Design design) {
    return design.methods(ofPaper);
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    check(design);
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        for (String moment : List.of(BEFORE, STEPS, AFTER)) {
          columns.forEach(column -> cells.addAll(cells(design, data, method, moment, column)));
        }
      }
    }
    return cells.build().stream().distinct().collect(ImmutableList.toImmutableList());
  }

  private ImmutableList<Cell> cells(
      Design design, StudyData data, String method, String moment, Column column) {
    return design.overSeeds(
        seed -> {
          Cell umm = design.umm(data, method, seed, "umm");
          Cell.Start start =
              switch (moment) {
                case BEFORE -> umm.start().orElseThrow();
                case STEPS -> new Cell.Start(umm, STEPS + ".safetensors");
                default -> new Cell.Start(umm, Cell.WEIGHTS);
              };
          return design.evaluated(
              start,
              data,
              method,
              seed,
              command,
              command + "-" + column.value.replace("%", "percent") + "-" + moment,
              Setting.of(column.option, column.value));
        });
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    return caption
        + "\n"
        + values(design, study)
        + "\n\nUMM less what it has to be better than:\n\n"
        + differences(design, study)
        + "\n\n"
        + Study.legend(design);
  }

  private Seeds seeds(
      Design design,
      StudyFolder study,
      StudyData data,
      String method,
      String moment,
      Column column) {
    return Seeds.of(study, cells(design, data, method, moment, column), column::of);
  }

  private Table values(Design design, StudyFolder study) {
    List<String> titles = new ArrayList<>(List.of("data", "method"));
    for (Column column : columns) {
      titles.add(column.title);
      titles.add("paper");
    }
    Table table = Table.of(titles.toArray(String[]::new));
    for (StudyData data : design.data()) {
      for (Map.Entry<String, String> moment :
          List.of(
              Map.entry(BEFORE, ""),
              Map.entry(AFTER, " + UMM"),
              Map.entry(STEPS, " + SSL steps"))) {
        for (String method : methods(design)) {
          List<String> cells = new ArrayList<>(List.of(data.title(), method + moment.getValue()));
          for (Column column : columns) {
            cells.add(seeds(design, study, data, method, moment.getKey(), column).text());
            cells.add(
                PaperNumbers.get(id(), data(data), column.title, method, moment.getKey())
                    .orElse("-"));
          }
          table = table.row(cells.toArray(String[]::new));
        }
      }
    }
    return table;
  }

  private Table differences(Design design, StudyFolder study) {
    Table table = Table.of("data", "method", "number", "less before", "less ssl-steps");
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        for (Column column : columns) {
          Seeds after = seeds(design, study, data, method, AFTER, column);
          table =
              table.row(
                  data.title(),
                  method,
                  column.title,
                  after.less(seeds(design, study, data, method, BEFORE, column)),
                  after.less(seeds(design, study, data, method, STEPS, column)));
        }
      }
    }
    return table;
  }
}
