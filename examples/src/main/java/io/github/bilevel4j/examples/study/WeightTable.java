package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.examples.report.Table;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The accuracy after UMM by the value of an option of it: tables 6, 7 and 12.
 *
 * @param option that is swept
 * @param name what the option is called in the table
 * @param values of it
 * @param fixed what the other options are
 */
record WeightTable(
    String id,
    String title,
    String option,
    String name,
    ImmutableList<String> values,
    ImmutableList<Setting> fixed,
    ImmutableList<String> ofPaper)
    implements Study {
  private static final String METRIC = "linear probe";

  @Override
  public ImmutableList<Benchmark> benchmarks() {
    return ImmutableList.of(Benchmark.CIFAR_10);
  }

  @Override
  public ImmutableList<Cell> cells(Design design) {
    ImmutableList.Builder<Cell> cells = ImmutableList.builder();
    for (StudyData data : design.data()) {
      for (String method : design.methods(ofPaper)) {
        for (String value : design.scale().values(values)) {
          cells.addAll(cells(design, data, method, value));
        }
      }
    }
    return cells.build();
  }

  private ImmutableList<Cell> cells(Design design, StudyData data, String method, String value) {
    Setting[] own =
        ImmutableList.<Setting>builder()
            .addAll(fixed)
            .add(Setting.of(option, value))
            .build()
            .toArray(Setting[]::new);
    return design.overSeeds(
        seed ->
            design.umm(
                data, method, seed, id + "-" + Cell.fileName(option.substring(2) + value), own));
  }

  @Override
  public String layout(Design design, StudyFolder study, String caption) {
    Table table =
        Table.of("data", "method", name, "before", "with UMM", "UMM less before", "less SSL steps");
    for (StudyData data : design.data()) {
      for (String method : design.methods(ofPaper)) {
        for (String value : design.scale().values(values)) {
          ImmutableList<Cell> cells = cells(design, data, method, value);
          Seeds before = Seeds.of(study, cells, result -> result.last("before", METRIC));
          Seeds after = Seeds.of(study, cells, result -> result.last("after", METRIC));
          Seeds steps = Seeds.of(study, cells, result -> result.last("ssl-steps", METRIC));
          table =
              table.row(
                  data.title(),
                  method,
                  value,
                  before.text(),
                  after.text(),
                  after.less(before),
                  after.less(steps));
        }
      }
    }
    return caption + "\n" + table + "\n\n" + Study.legend(design) + paper(design);
  }

  private String paper(Design design) {
    return design.methods(ofPaper).stream()
        .map(method -> "The paper, CIFAR-10, " + method + " + UMM: " + numbers(method) + "\n")
        .collect(Collectors.joining());
  }

  private String numbers(String method) {
    boolean isGridLost = !id.equals("table12");
    String numbers =
        IntStream.range(0, values.size())
            .mapToObj(
                i ->
                    PaperNumbers.get(
                        id,
                        Benchmark.CIFAR_10.toString(),
                        isGridLost ? "value " + (i + 1) : "epsilon 0." + (i + 1),
                        method,
                        "umm"))
            .flatMap(Optional::stream)
            .collect(Collectors.joining(" "));
    return numbers.isEmpty()
        ? "none"
        : numbers
            + (isGridLost ? " (its grid is lost, this one assumed)" : " (epsilon 0.1 to 0.9)");
  }
}
