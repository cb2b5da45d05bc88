package io.github.bilevel4j.examples.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the studies of a scale run. */
class DesignTest {
  private static final Set<String> OF_UMM_ALONE = Set.of("--umm-epochs", "--controls", "--mode");

  private static final CellMaker MAKER = new CellMaker(name -> !OF_UMM_ALONE.contains(name));

  private static ImmutableSet<Cell> cells(Scale scale, String study, Setting... given) {
    Study made = Studies.get(study);
    List<Setting> options = List.of(given);
    return StudyFolder.withNeeded(
        made.cells(
            new Design(
                scale,
                ImmutableList.of(new StudyData("cifar10.zip")),
                Optional.empty(),
                ImmutableList.of("simclr"),
                2,
                Setting.replaced(made.settings(options), options),
                MAKER)));
  }

  private static Stream<Cell> of(String command, ImmutableSet<Cell> cells) {
    return cells.stream().filter(cell -> cell.command().equals(command));
  }

  @Test
  void smallTablesAndFiguresHaveTheirPretrainingsInCommon() {
    ImmutableSet<Cell> monitored = cells(Scale.SMALL, "table11");
    assertThat(monitored).hasSize(2);
    assertThat(of("pretrain", cells(Scale.SMALL, "table1"))).containsExactlyElementsOf(monitored);
    for (String other : List.of("table9", "figure1", "figure2", "figure6")) {
      assertThat(cells(Scale.SMALL, other)).as(other).isEqualTo(monitored);
    }
    assertThat(of("pretrain", cells(Scale.SMALL, "guillotine")))
        .containsExactlyElementsOf(monitored);
    assertThat(of("pretrain", cells(Scale.PAPER, "table1")))
        .doesNotContainAnyElementsOf(cells(Scale.PAPER, "table11"));
  }

  @Test
  void smallRunsAreThoseInWhichMemorizationWasSeen() {
    Cell pretraining = cells(Scale.SMALL, "table11").iterator().next();
    assertThat(pretraining.arguments())
        .contains(
            "--image-size=16",
            "--pretrain-images=1250",
            "--monitor-images=1000",
            "--probe-images=4000",
            "--views=crop",
            "--rate=0.002",
            "--batch=64",
            "--epochs=2000",
            "--monitor=100");
    Cell umm = of("umm", cells(Scale.SMALL, "table1")).findFirst().orElseThrow();
    assertThat(umm.arguments())
        .contains("--umm-epochs=100", "--monitor-images=1000", "--controls")
        .doesNotContain("--monitor=100");
    Cell given = cells(Scale.SMALL, "table11", Setting.of("--image-size", 24)).iterator().next();
    assertThat(given.arguments()).contains("--image-size=24").doesNotContain("--image-size=16");
  }

  @Test
  void whatIsComparedWithJointTrainingIsAsLong() {
    ImmutableSet<Cell> small = cells(Scale.SMALL, "table10", Setting.of("--epochs", 50));
    assertThat(small)
        .filteredOn(cell -> cell.command().equals("pretrain") || isJoint(cell))
        .hasSize(4)
        .allSatisfy(cell -> assertThat(cell.arguments()).contains("--epochs=10"));
    assertThat(cells(Scale.PAPER, "table10"))
        .filteredOn(cell -> cell.command().equals("pretrain") || isJoint(cell))
        .hasSize(4)
        .allSatisfy(cell -> assertThat(cell.arguments()).contains("--epochs=1000"));
  }

  private static boolean isJoint(Cell cell) {
    return cell.arguments().contains("--mode=joint");
  }

  /** In folders of their own, beside those of other tables. */
  @Test
  void aLongTailIsDrawnUnlessThereIsAList() {
    ImmutableSet<Cell> drawn = cells(Scale.SMALL, "table8");
    assertThat(drawn)
        .allSatisfy(
            cell -> {
              assertThat(cell.arguments()).contains("--long-tail=100");
              assertThat(cell.name()).startsWith("cifar-10-lt_");
            });
    assertThat(of("longtail", drawn)).hasSize(6);
    assertThat(cells(Scale.SMALL, "table8", Setting.of("--subset", "list")))
        .allSatisfy(
            cell ->
                assertThat(cell.arguments())
                    .contains("--subset=list")
                    .doesNotContain("--long-tail=100"));
  }
}
