package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.ssl.HeadStages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The scores of the layers of a network in forward order, for one target or several. The best layer
 * for a target is the one with the highest accuracy on the held-out tenth of the train part, of
 * equally good ones the last, since nothing is removed for no gain; test accuracies have no part in
 * it, since the largest of several numbers with errors is too large.
 */
public record LayerScores(ImmutableList<LayerScore> rows) {
  /** The target of the train part's own classes. */
  public static final String OWN = "own";

  /** The same with the colors of the test part's pictures changed. */
  public static final String SHIFTED = "shifted";

  /** The name of their file in a folder. */
  public static final String FILE = "guillotine.csv";

  private static final String NAME = "guillotine";

  /** The targets, the own classes first. */
  public ImmutableList<String> targets() {
    return rows.stream()
        .map(LayerScore::target)
        .distinct()
        .collect(ImmutableList.toImmutableList());
  }

  /** The layers in forward order. */
  public ImmutableList<String> layers() {
    return rows.stream().map(LayerScore::layer).distinct().collect(ImmutableList.toImmutableList());
  }

  /** The scores for a target, in forward order. */
  public ImmutableList<LayerScore> of(String target) {
    return rows.stream()
        .filter(row -> row.target().equals(target))
        .collect(ImmutableList.toImmutableList());
  }

  /** The score of a layer for a target. */
  public LayerScore at(String target, String layer) {
    return of(target).stream().filter(row -> row.layer().equals(layer)).findFirst().orElseThrow();
  }

  /** The best layer for a target. */
  public LayerScore best(String target) {
    ImmutableList<LayerScore> all = of(target);
    return all.stream()
        .reduce((best, row) -> row.heldOut() >= best.heldOut() ? row : best)
        .orElseThrow();
  }

  /** The test accuracy of a layer less that of what enters the loss, in points. */
  public double gain(String target, String layer) {
    return at(target, layer).top1() - at(target, HeadStages.PROJECTOR_OUT).top1();
  }

  /** The number of layers behind a layer, which are removed if it is the last one. */
  public int removed(String layer) {
    List<String> behind = layers().subList(layers().indexOf(layer) + 1, layers().size());
    return (int) behind.stream().filter(each -> !each.endsWith(Guillotine.UNIT)).count();
  }

  /**
   * Writes them as comma-separated values.
   *
   * @throws io.github.bilevel4j.file.WriteException if they cannot be written
   */
  public void write(Path file) {
    WholeFile.write(file, toString());
  }

  /** As comma-separated values. */
  @Override
  public String toString() {
    return Stream.concat(Stream.of(LayerScore.HEADER), rows.stream().map(LayerScore::line))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws UsageError if there is no such file, or a line is not as it was written
   */
  public static LayerScores read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw UsageError.in(NAME)
          .because("there is no %s", file)
          .maybe("./bilevel4j guillotine, which writes it, was to be run first.");
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw UsageError.in(NAME)
          .because("the file %s cannot be read", file)
          .value("reason", ReadFailure.reason(e))
          .error();
    }
    try {
      if (lines.size() < 2 || !lines.get(0).equals(LayerScore.HEADER)) {
        throw new NumberFormatException();
      }
      return new LayerScores(
          lines.stream().skip(1).map(LayerScore::parsed).collect(ImmutableList.toImmutableList()));
    } catch (NumberFormatException e) {
      throw UsageError.in(NAME)
          .because("%s is not as it was written", file)
          .maybe("guillotine should be run again.");
    }
  }
}
