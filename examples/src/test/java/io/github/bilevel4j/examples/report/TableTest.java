package io.github.bilevel4j.examples.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void alignsItsColumns() {
    assertThat(Table.of("stage", "k-NN", "R").row("stem", "51.25", "0.1").row("layer1", "7", "12"))
        .hasToString(
            """
            | stage  |  k-NN |   R |
            | ------ | ----: | --: |
            | stem   | 51.25 | 0.1 |
            | layer1 |     7 |  12 |\
            """);
  }

  @Test
  void aTableWithoutRowsIsItsTitles() {
    assertThat(Table.of("a")).hasToString("| a   |\n| --- |");
  }

  @Test
  void refusesARowOfAnotherLength() {
    Table table = Table.of("a", "b");
    assertThatThrownBy(() -> table.row("1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("one cell for each title");
  }
}
