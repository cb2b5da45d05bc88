package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What can be reproduced. */
public final class Studies {
  private static final ImmutableList<Benchmark> SMALL_ONES =
      ImmutableList.of(
          Benchmark.CIFAR_10, Benchmark.CIFAR_100, Benchmark.STL_10, Benchmark.TINY_IMAGENET);

  private static final ImmutableList<String> METHODS =
      ImmutableList.of(
          "simclr",
          "byol",
          "barlow-twins",
          "vicregl",
          "simsiam",
          "wmse",
          "relic-v2",
          "moco-v2",
          "swav",
          "lmcl",
          "ressl",
          "ssl-hsic",
          "corinfomax",
          "mec");

  /** Powers of ten around one: the paper's grids are lost. */
  private static final ImmutableList<String> WEIGHTS =
      ImmutableList.of("0.001", "0.01", "0.1", "1", "10", "100", "1000");

  private static final ImmutableList<Study> ALL =
      ImmutableList.<Study>builder()
          .add(
              new AccuracyTable(
                  "table1",
                  "linear and 5-NN accuracy (%) before and after UMM",
                  SMALL_ONES,
                  METHODS,
                  false),
              ProtocolTable.TABLE2,
              ProtocolTable.TABLE3,
              ProtocolTable.TABLE4,
              ProtocolTable.TABLE5,
              weights("table6", "alpha", "beta"),
              weights("table7", "beta", "alpha"),
              ProtocolTable.TABLE8,
              MonitorTable.TABLE9,
              new AccuracyTable(
                  "table10",
                  "linear accuracy (%): UMM within pre-training (X & UMM), and in a single level",
                  SMALL_ONES.subList(1, 4),
                  ImmutableList.of("simclr", "byol", "barlow-twins", "vicregl", "simsiam", "wmse"),
                  true),
              MonitorTable.TABLE11,
              new WeightTable(
                  "table12",
                  "linear accuracy (%) after UMM by the coding rate's squared precision",
                  "--epsilon-squared",
                  "epsilon^2",
                  epsilons(),
                  ImmutableList.of(),
                  ImmutableList.of("simclr", "byol", "barlow-twins")))
          .add(Figure.values())
          .add(new Demonstration())
          .add(new GuillotineStudy())
          .add(new RepairTable())
          .build();

  private Studies() {}

  private static Study weights(String id, String swept, String other) {
    return new WeightTable(
        id,
        "linear accuracy (%) after UMM by " + swept + ", " + other + " 1",
        "--" + swept,
        swept,
        WEIGHTS,
        ImmutableList.of(Setting.of("--" + other, 1)),
        ImmutableList.of("byol"));
  }

  private static ImmutableList<String> epsilons() {
    return IntStream.rangeClosed(1, 9)
        .mapToObj(tenths -> String.valueOf(tenths * tenths / 100.0))
        .collect(ImmutableList.toImmutableList());
  }

  /** All of them. */
  public static ImmutableList<Study> all() {
    return ALL;
  }

  /**
   * The one of a name.
   *
   * @throws UsageError if there is none, with those that there are
   */
  public static Study get(String id) {
    return ALL.stream()
        .filter(study -> study.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                UsageError.in("reproduce")
                    .because("\"%s\" is no table or figure that can be reproduced", id)
                    .value("those", ALL.stream().map(Study::id).collect(Collectors.joining(", ")))
                    .error());
  }
}
