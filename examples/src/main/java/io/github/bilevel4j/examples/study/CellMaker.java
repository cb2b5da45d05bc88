package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Makes cells. One of UMM that would begin with a pre-training begins with the weights of a cell of
 * its own, which all have in common that agree in what concerns it.
 */
public final class CellMaker {
  private static final String UMM = "umm";
  private static final String PRETRAIN = "pretrain";
  private static final String EPOCHS = "--epochs";

  private final Predicate<String> isOfPretraining;

  /**
   * @param isOfPretraining whether {@code pretrain} has an option
   */
  public CellMaker(Predicate<String> isOfPretraining) {
    this.isOfPretraining = isOfPretraining;
  }

  /** Whether an option concerns pre-training. */
  public boolean isOfPretraining(String option) {
    return isOfPretraining.test(option);
  }

  /**
   * A cell.
   *
   * @param pretraining the name of its pre-training, where there is one
   */
  Cell cell(String command, String name, String pretraining, List<Setting> settings) {
    return cell(command, name, pretraining, settings, ImmutableList.of());
  }

  /**
   * A cell.
   *
   * @param pretraining the name of its pre-training, where there is one
   * @param besides what its pre-training is told unless the settings say otherwise
   */
  Cell cell(
      String command,
      String name,
      String pretraining,
      List<Setting> settings,
      List<Setting> besides) {
    if (!command.equals(UMM) || isAlone(settings)) {
      return Cell.of(name, command, arguments(settings));
    }
    Cell needed =
        Cell.of(
            pretraining,
            PRETRAIN,
            arguments(
                Setting.replaced(
                    besides,
                    settings.stream().filter(each -> isOfPretraining.test(each.name())).toList())));
    List<Setting> own = settings.stream().filter(each -> !each.name().equals(EPOCHS)).toList();
    return new Cell(
        name, command, arguments(own), Optional.of(new Cell.Start(needed, Cell.WEIGHTS)));
  }

  /** Joint training begins with the first step, and weights that are given end no pre-training. */
  private static boolean isAlone(List<Setting> settings) {
    return settings.stream()
        .anyMatch(
            each ->
                each.name().equals("--weights")
                    || (each.name().equals("--mode")
                        && each.value().filter("joint"::equalsIgnoreCase).isPresent()));
  }

  /** A cell that evaluates what another has made. */
  Cell after(Cell.Start start, String command, String name, List<Setting> settings) {
    return new Cell(name, command, arguments(settings), Optional.of(start));
  }

  private static ImmutableList<String> arguments(List<Setting> settings) {
    return settings.stream().map(Setting::argument).collect(ImmutableList.toImmutableList());
  }
}
