package io.github.bilevel4j.examples.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.file.WholeFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the table of repairs makes of runs whose numbers are given. */
class RepairTableTest {
  private static final Set<String> OF_UMM_ALONE =
      Set.of(
          "--mode", "--controls", "--umm-epochs", "--inner-views", "--outer-views", "--hyper-rate");

  @TempDir Path folder;

  private final Study study = Studies.get("repairs");
  private final Design design = design(Scale.SMALL, List.of());

  private static Design design(Scale scale, List<String> methods, Setting... options) {
    return new Design(
        scale,
        ImmutableList.of(new StudyData("cifar10.zip")),
        Optional.empty(),
        ImmutableList.copyOf(methods),
        3,
        ImmutableList.copyOf(options),
        new CellMaker(name -> !OF_UMM_ALONE.contains(name)));
  }

  private static final StudyFolder.Program NONE =
      new StudyFolder.Program() {
        @Override
        public int run(PrintWriter out, PrintWriter err, String... arguments) {
          throw new AssertionError("no cell is to run");
        }

        @Override
        public boolean isResumable(String command) {
          return true;
        }
      };

  /** A stage before, and the last one, whose accuracy counts. */
  private static String row(String moment, double linear) {
    return String.format(
        Locale.ROOT,
        "{\"stage\": \"layer1\", \"moment\": \"%1$s\", \"linear probe\": 1, \"5-nn\": 2},"
            + "{\"stage\": \"pool\", \"moment\": \"%1$s\", \"linear probe\": %2$f, \"5-nn\": %3$f}",
        moment,
        linear,
        linear - 10);
  }

  /** Before 40, ordinary steps 41, UMM 42, the repair 43, and of each seed half more. */
  @BeforeEach
  void makeRuns() {
    for (Cell cell : study.cells(design)) {
      int seed = Integer.parseInt(cell.name().replaceAll(".*_", ""));
      double half = seed / 2.0;
      boolean isUmm = cell.name().contains("_umm_");
      String after =
          cell.arguments().stream()
              .filter(each -> each.startsWith("--mode="))
              .map(each -> each.substring("--mode=".length()))
              .findFirst()
              .orElse("after");
      List<String> rows = new ArrayList<>(List.of(row("before", 40 + half)));
      if (cell.arguments().contains("--controls")) {
        rows.add(row("ssl-steps", 41 + half));
        rows.add(row("fixed", 43 + 4 * half));
      }
      rows.add(row(after, (isUmm ? 42 : 43) + half + (seed == 3 ? 0.8 : 0)));
      Path own = folder.resolve(cell.name());
      assertThat(own.toFile().mkdirs()).isTrue();
      WholeFile.write(
          own.resolve("summary.json"),
          rows.stream()
              .collect(Collectors.joining(",", "{\"interrupted\": false, \"table\": [", "]}")));
    }
  }

  private String layout() {
    return study.layout(design, new StudyFolder(folder, NONE, told -> {}), "Repairs.\n");
  }

  private static List<String> rows(String text, String title) {
    return text.lines()
        .map(line -> line.replaceAll(" +", " "))
        .filter(line -> line.startsWith("| " + title + " |"))
        .toList();
  }

  /** 8.5 standard errors are a difference of one comparison of three seeds, and none of seven. */
  @Test
  void everyRepairIsComparedWithItsControlsSeedBySeed() {
    String text = layout();
    assertThat(rows(text, "before"))
        .hasSize(7)
        .containsOnly(
            "| before | 41.00 ± 0.50 | no difference (-1.00 ± 0.00) | +3.27 ± 0.27 | 31.00 ± 0.50"
                + " | no difference (-1.00 ± 0.00) | 3 |");
    assertThat(rows(text, "ssl-steps"))
        .containsOnly(
            "| ssl-steps | 42.00 ± 0.50 | | no difference (+2.27 ± 0.27) | 32.00 ± 0.50 | | 3 |");
    assertThat(rows(text, "fixed"))
        .containsOnly(
            "| fixed | 47.00 ± 2.00 | +5.00 ± 0.87 | no difference (-2.73 ± 0.65)"
                + " | 37.00 ± 2.00 | +5.00 ± 0.87 | 3 |");
    assertThat(rows(text, "**held-out**"))
        .containsExactly(
            "| **held-out** | 44.27 ± 0.93 | no difference (+2.27 ± 0.27) | | 34.27 ± 0.93"
                + " | no difference (+2.27 ± 0.27) | 3 |");
    assertThat(rows(text, "**inner-solution**"))
        .containsExactly(
            "| **inner-solution** | 44.27 ± 0.93 | no difference (+2.27 ± 0.27) | | 34.27 ± 0.93"
                + " | no difference (+2.27 ± 0.27) | 3 |");
    assertThat(rows(text, "UMM, fixed")).hasSize(3);
    assertThat(rows(text, "held-out"))
        .containsExactly(
            "| held-out | 44.27 ± 0.93 | +2.27 ± 0.27 | no difference (+0.00 ± 0.00)"
                + " | 34.27 ± 0.93 | +2.27 ± 0.27 | 3 |");
    assertThat(rows(text, "UMM"))
        .hasSize(3)
        .containsOnly(
            "| UMM | 43.27 ± 0.93 | +1.27 ± 0.27 | no difference (+1.00 ± 0.00) | 33.27 ± 0.93 | +1.27 ± 0.27"
                + " | 3 |");
    assertThat(rows(text, "**UMM, strong outer views**")).hasSize(1);
  }

  /** Student's t with two degrees of freedom: seven repairs, of BYOL six methods. */
  @Test
  void tellsTheBoundOfSoManyRepairs() {
    assertThat(layout())
        .contains("below 4.3 of them")
        .contains("the bound is 11.8, since there are 7");
    StudyFolder none = new StudyFolder(folder.resolve("none"), NONE, told -> {});
    assertThat(study.layout(design(Scale.SMALL, List.of("simclr", "byol")), none, ""))
        .contains("the bound is 16.1, since there are 13");
  }

  @Test
  void beginsWithTheWeightsOfTheOtherTables() {
    Design one = design(Scale.SMALL, List.of("simclr"));
    assertThat(StudyFolder.withNeeded(study.cells(one)))
        .containsAll(StudyFolder.withNeeded(Studies.get("table1").cells(one)))
        .filteredOn(cell -> cell.command().equals("pretrain"))
        .containsExactlyElementsOf(Studies.get("table11").cells(one));
  }

  @Test
  void picturesAreWeighedWhereTheLossIsTheirMean() {
    for (List<String> each : List.of(List.of("byol"), List.of("simclr", "--regularizer"))) {
      Setting[] more =
          each.size() > 1 ? new Setting[] {Setting.of(each.get(1), "x")} : new Setting[0];
      assertThat(study.cells(design(Scale.SMALL, each.subList(0, 1), more)))
          .hasSize(7 * 3)
          .noneMatch(cell -> cell.name().contains("picture-weights"));
    }
  }

  /** A grid once, and UMM with its controls; the rest is compared with these. */
  @Test
  void controlsAreMadeOnce() {
    for (Scale scale : Scale.values()) {
      assertThat(study.cells(design(scale, List.of("simclr"))))
          .hasSize(8 * 3)
          .filteredOn(cell -> cell.arguments().contains("--controls"))
          .hasSize(4 * 3);
    }
  }

  /** By a monitor's tenth where no number is told. */
  @Test
  void noPretrainingHasSeenThePicturesThatAreHeldOut() {
    for (Scale scale : List.of(Scale.TINY, Scale.PAPER)) {
      assertThat(StudyFolder.withNeeded(study.cells(design(scale, List.of("simclr")))))
          .hasSize(9 * 3)
          .allSatisfy(cell -> assertThat(cell.arguments()).contains("--monitor=" + scale.every()));
    }
  }

  @Test
  void aRateOfWhatIsLearnedBesideWeightsConcernsSomeAlone() {
    assertThat(study.cells(design(Scale.SMALL, List.of("simclr"), Setting.of("--hyper-rate", 0.1))))
        .filteredOn(cell -> cell.arguments().contains("--hyper-rate=0.1"))
        .hasSize(4 * 3)
        .allSatisfy(
            cell ->
                assertThat(cell.arguments())
                    .containsAnyOf("--mode=held-out", "--mode=proximal", "--mode=picture-weights"));
  }
}
