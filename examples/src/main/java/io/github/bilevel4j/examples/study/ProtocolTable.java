package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.examples.report.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What another evaluation tells of encoders before and after UMM, and after ordinary steps of the
 * same number: tables 2, 3, 4, 5 and 8.
 */
enum ProtocolTable implements Study {
  /** Both accuracies of ImageNet-100. */
  TABLE2(
      "linear top-1 and top-5 accuracy (%) before and after UMM",
      ImmutableList.of(Benchmark.IMAGENET_100),
      ImmutableList.of(
          "simclr",
          "byol",
          "barlow-twins",
          "simsiam",
          "wmse",
          "vicregl",
          "relic-v2",
          "moco-v2",
          "swav",
          "lmcl",
          "ressl",
          "corinfomax",
          "mec"),
      "probe",
      ImmutableList.of(
          Column.ofProbe("top-1", 1, "linear_top1"), Column.ofProbe("top-5", 1, "linear_top5"))) {
    @Override
    ImmutableList<Moment> rows() {
      return ImmutableList.of(
          Moment.BEFORE,
          Moment.ALPHA_0,
          Moment.BETA_0,
          Moment.AFTER,
          Moment.SSL_STEPS,
          Moment.SINGLE_LEVEL);
    }

    @Override
    String note() {
      return Moment.ABLATIONS + "The paper has no rows of SSL steps and single level.\n";
    }
  },
  /** Both accuracies of ImageNet by the length of pre-training. */
  TABLE3(
      "linear top-1 and top-5 accuracy (%) by the epochs of pre-training",
      ImmutableList.of(Benchmark.IMAGENET),
      ImmutableList.of(
          "simclr",
          "byol",
          "barlow-twins",
          "vicregl",
          "simsiam",
          "moco-v2",
          "relic-v2",
          "swav",
          "lmcl",
          "ressl",
          "ssl-hsic",
          "corinfomax",
          "mec"),
      "probe",
      ImmutableList.of(
          Column.ofProbe("100 epochs top-1", 0.1, "linear_top1"),
          Column.ofProbe("100 epochs top-5", 0.1, "linear_top5"),
          Column.ofProbe("200 epochs top-1", 0.2, "linear_top1"),
          Column.ofProbe("200 epochs top-5", 0.2, "linear_top5"),
          Column.ofProbe("400 epochs top-1", 0.4, "linear_top1"),
          Column.ofProbe("1000 epochs top-1", 1, "linear_top1"))) {
    @Override
    String note() {
      return "Epochs are the paper's: 100, 200, 400 and 1000 are a tenth, a fifth, two fifths and"
          + " all of --epochs,\nat least one. Columns of as many epochs are of the same runs.\n";
    }
  },
  /** Few labels. */
  TABLE4(
      "semi-supervised accuracy (%): all of the encoder trained on a share of the labels",
      ImmutableList.of(Benchmark.IMAGENET),
      ImmutableList.of("simclr", "byol", "barlow-twins", "vicregl", "moco-v2", "simsiam"),
      "finetune",
      ImmutableList.of(
          Column.ofLabels("1 % top-1", "1%", "top1"),
          Column.ofLabels("1 % top-5", "1%", "top5"),
          Column.ofLabels("10 % top-1", "10%", "top1"),
          Column.ofLabels("10 % top-5", "10%", "top5"))),
  /** Detection. */
  TABLE5(
      "transfer to detection: average precision at an overlap of one half (AP50, %)",
      ImmutableList.of(Benchmark.IMAGENET),
      ImmutableList.of(
          "simclr",
          "byol",
          "barlow-twins",
          "vicregl",
          "moco-v2",
          "simsiam",
          "swav",
          "mec",
          "relic-v2",
          "corinfomax"),
      "dense-probe",
      ImmutableList.of(
          new Column(
              "dense probe AP50",
              1,
              Setting.flag("--untrained"),
              "class",
              "mean",
              "ap50",
              ImmutableList.of("VOC 07 AP50", "VOC 07+12 AP50")),
          new Column(
              "untrained AP50",
              1,
              Setting.flag("--untrained"),
              "weights",
              "untrained",
              "ap50",
              ImmutableList.of()))) {
    @Override
    public boolean isOfDetection() {
      return true;
    }

    @Override
    String note() {
      return """
          Ours is a linear map from each place of the frozen last feature map to class and box, beside that of an
          encoder with random weights: no detector. The paper's are of Faster R-CNN (C4), trained with the whole
          encoder on VOC 07 and 07+12, so that the rows' order may be compared, not their height; its AP, AP75 and
          COCO have nothing here to stand beside. For the paper's protocol, ./bilevel4j export RUN --to detectron2
          writes the encoder as Detectron2 begins with it.
          """;
    }
  },
  /** Long tails. */
  TABLE8(
      "linear accuracy (%) of encoders pre-trained on a long tail, and of its groups of classes",
      ImmutableList.of(Benchmark.CIFAR_10),
      ImmutableList.of("simclr", "sdclr", "bcl-i"),
      "longtail",
      ImmutableList.of(
          Column.ofLongTail("linear", "accuracy"),
          Column.ofLongTail("many", "many"),
          Column.ofLongTail("medium", "medium"),
          Column.ofLongTail("few", "few"),
          Column.ofLongTail(ProtocolTable.BALANCEDNESS, ProtocolTable.BALANCEDNESS))) {
    @Override
    String ofPaper(StudyData data) {
      return data.compared() + "-LT";
    }

    /** Largest to smallest class as in CIFAR-10-LT, where no list tells the long tail. */
    @Override
    public ImmutableList<Setting> settings(List<Setting> given) {
      return given.stream().anyMatch(each -> each.name().equals("--subset"))
          ? ImmutableList.of()
          : ImmutableList.of(Setting.of(Design.LONG_TAIL, 100));
    }

    @Override
    String note() {
      return """
          Many, medium and few are classes by their numbers of pictures in the long tail, which the seed draws unless
          --subset is a list of it; the probe learns from all classes alike. Balancedness is the standard deviation
          of the three groups' accuracies, as fractions: the less, the more even.
          """;
    }
  };

  private static final String BALANCEDNESS = "balancedness";

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
   * @param share of the epochs of pre-training
   * @param option that the evaluation is told
   * @param key and label, which tell the row
   * @param metric the number in it
   * @param paper the paper's numbers that stand beside; of none where moments are not compared
   */
  @Immutable
  private record Column(
      String title,
      double share,
      Setting option,
      String key,
      String label,
      String metric,
      ImmutableList<String> paper) {
    static Column ofProbe(String title, double share, String metric) {
      return of(title, share, Setting.of("--stages", "pool"), "layer", "pool", metric);
    }

    static Column ofLabels(String title, String labels, String metric) {
      return of(title, 1, Setting.of("--labels", labels), "how", "fine-tuned", metric);
    }

    static Column ofLongTail(String title, String metric) {
      return of(title, 1, Setting.of("--shots", "full"), "shots", "full", metric);
    }

    private static Column of(
        String title, double share, Setting option, String key, String label, String metric) {
      return new Column(title, share, option, key, label, metric, ImmutableList.of(title));
    }

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
  String ofPaper(StudyData data) {
    return benchmarks.get(0).toString();
  }

  ImmutableList<Moment> rows() {
    return ImmutableList.of(Moment.BEFORE, Moment.AFTER, Moment.SSL_STEPS);
  }

  /** What is said below. */
  String note() {
    return "";
  }

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
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        for (Moment moment : rows()) {
          columns.forEach(column -> cells.addAll(cells(design, data, method, moment, column)));
        }
      }
    }
    return cells.build().stream().distinct().collect(ImmutableList.toImmutableList());
  }

  private ImmutableList<Cell> cells(
      Design design, StudyData data, String method, Moment moment, Column column) {
    return design.overSeeds(
        seed -> {
          Cell.Start start = moment.weights(design.umm(data, method, seed, column.share));
          return isOfDetection()
              ? design.detected(start, method, seed, column.option)
              : design.evaluated(start, data, method, seed, command, column.option);
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
        + Study.legend(design)
        + note();
  }

  private Seeds seeds(
      Design design,
      StudyFolder study,
      StudyData data,
      String method,
      Moment moment,
      Column column) {
    Seeds seeds = Seeds.of(study, cells(design, data, method, moment, column), column::of);
    return column.metric.equals(BALANCEDNESS) ? seeds.asFractions() : seeds;
  }

  private Table values(Design design, StudyFolder study) {
    List<String> titles = new ArrayList<>(List.of("data", "method"));
    for (Column column : columns) {
      titles.add(column.title);
      column.paper.forEach(
          number -> titles.add(number.equals(column.title) ? "paper" : "paper " + number));
    }
    Table table = Table.of(titles.toArray(String[]::new));
    for (StudyData data : design.data()) {
      for (Moment moment : rows()) {
        for (String method : methods(design)) {
          List<String> cells = new ArrayList<>(List.of(data.title(), moment.row(method)));
          for (Column column : columns) {
            cells.add(seeds(design, study, data, method, moment, column).text());
            column.paper.forEach(
                number ->
                    cells.add(
                        PaperNumbers.get(id(), ofPaper(data), number, method, moment.variant())
                            .orElse("-")));
          }
          table = table.row(cells.toArray(String[]::new));
        }
      }
    }
    return table;
  }

  private Table differences(Design design, StudyFolder study) {
    List<Moment> compared = rows().stream().filter(moment -> moment != Moment.AFTER).toList();
    List<String> titles = new ArrayList<>(List.of("data", "method", "number"));
    compared.forEach(moment -> titles.add("less " + moment));
    Table table = Table.of(titles.toArray(String[]::new));
    for (StudyData data : design.data()) {
      for (String method : methods(design)) {
        for (Column column : columns.stream().filter(each -> !each.paper.isEmpty()).toList()) {
          Seeds after = seeds(design, study, data, method, Moment.AFTER, column);
          List<String> cells = new ArrayList<>(List.of(data.title(), method, column.title));
          compared.forEach(
              moment -> cells.add(after.less(seeds(design, study, data, method, moment, column))));
          table = table.row(cells.toArray(String[]::new));
        }
      }
    }
    return table;
  }
}
