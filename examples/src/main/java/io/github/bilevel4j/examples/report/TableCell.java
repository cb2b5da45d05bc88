package io.github.bilevel4j.examples.report;

import io.github.bilevel4j.experiment.Scores;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What was measured of one method, one seed and one stage of training.
 *
 * @param method the row of the table
 * @param seed of all random choices
 * @param stage of training
 * @param scores of the encoder then
 * @param seconds what it took to get there from the stage before
 */
public record TableCell(String method, long seed, Stage stage, Scores scores, double seconds) {
  /** The first line of a file of cells. */
  public static final String TITLES =
      "method,seed,moment,linear probe %,5-nn %,coding rate reduction,seconds";

  /** Before or after UMM. */
  public enum Stage {
    /** Pre-trained, not more. */
    BEFORE,
    /** Trained with UMM after that. */
    AFTER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether it is of this method, seed and stage. */
  boolean is(String otherMethod, long otherSeed, Stage otherStage) {
    return method.equals(otherMethod) && seed == otherSeed && stage == otherStage;
  }

  /** As a line of comma-separated values. */
  public String toLine() {
    return Table.unsigned(
        String.format(
            Locale.ROOT,
            "%s,%d,%s,%.2f,%.2f,%.4f,%.1f",
            method,
            seed,
            stage,
            scores.linear(),
            scores.neighbors(),
            scores.reduction(),
            seconds));
  }

  /** For instance {@code simclr, seed 1, before: linear 49.5 %, 5-NN 46.5 %, ...}. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s, seed %d, %s: linear %.1f %%, 5-NN %.1f %%, reduction %.3f, %.0f s",
        method,
        seed,
        stage,
        scores.linear(),
        scores.neighbors(),
        scores.reduction(),
        seconds);
  }

  /** From such a line, if it is one, to the letter. */
  static Optional<TableCell> of(String line) {
    List<String> f = List.of(line.split(",", -1));
    try {
      Scores scores =
          new Scores(
              Double.parseDouble(f.get(3)),
              Double.parseDouble(f.get(4)),
              Double.parseDouble(f.get(5)));
      Stage stage = Stage.valueOf(f.get(2).toUpperCase(Locale.ROOT));
      return Optional.of(
              new TableCell(
                  f.get(0), Long.parseLong(f.get(1)), stage, scores, Double.parseDouble(f.get(6))))
          .filter(cell -> cell.toLine().equals(Table.unsigned(line)));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
