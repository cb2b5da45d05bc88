package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a study is made with.
 *
 * @param data its data sets
 * @param methods empty for those of the study at this scale
 * @param options instead of those of the scale, or besides
 */
public record Design(
    Scale scale,
    ImmutableList<StudyData> data,
    ImmutableList<String> methods,
    int seeds,
    ImmutableList<Setting> options,
    CellMaker maker) {
  private static final String UMM_EPOCHS = "--umm-epochs";

  private static final ImmutableSet<String> OF_EVALUATION =
      ImmutableSet.of(
          "--data",
          "--subset",
          "--classes",
          "--image-size",
          "--skip-damaged",
          "--encoder",
          "--method",
          "--seed",
          "--device",
          "--precision",
          "--deterministic",
          "--memory");

  /** The methods, of those that a study has in the paper. */
  ImmutableList<String> methods(List<String> ofStudy) {
    return methods.isEmpty() ? scale.methods(ofStudy) : methods;
  }

  /** A cell for each seed. */
  interface OfSeed {
    Cell cell(long seed);
  }

  ImmutableList<Cell> overSeeds(OfSeed of) {
    return LongStream.rangeClosed(1, seeds)
        .mapToObj(of::cell)
        .collect(ImmutableList.toImmutableList());
  }

  /** A pre-training that is measured while it goes on. */
  Cell monitored(StudyData on, String method, long seed, String label, Setting... own) {
    List<Setting> all =
        settings(on, method, seed, own).stream()
            .filter(each -> List.of(own).contains(each) || maker.isOfPretraining(each.name()))
            .toList();
    return maker.cell("pretrain", name(on, label, method, seed), "", watched(all));
  }

  private List<Setting> watched(List<Setting> settings) {
    return Setting.replaced(List.of(Setting.of("--monitor", scale.every())), settings);
  }

  /** UMM with its controls, from the weights of a pre-training. */
  Cell umm(StudyData on, String method, long seed, String label, Setting... own) {
    return maker.cell(
        "umm",
        name(on, label, method, seed),
        name(on, "pretrain", method, seed),
        withControls(settings(on, method, seed, own)));
  }

  /** The same, measured while it goes on. */
  Cell monitoredUmm(StudyData on, String method, long seed) {
    return maker.cell(
        "umm",
        name(on, "monitored-umm", method, seed),
        name(on, "monitored", method, seed),
        watched(withControls(settings(on, method, seed))));
  }

  private static List<Setting> withControls(List<Setting> settings) {
    return ImmutableList.<Setting>builder()
        .addAll(settings)
        .add(Setting.flag("--controls"))
        .build();
  }

  /** An evaluation of weights, which is told of data and encoder alone. */
  Cell evaluated(
      Cell.Start start,
      StudyData on,
      String method,
      long seed,
      String command,
      String label,
      Setting own) {
    List<Setting> settings =
        ImmutableList.<Setting>builder()
            .addAll(
                settings(on, method, seed).stream()
                    .filter(each -> OF_EVALUATION.contains(each.name()))
                    .toList())
            .add(own)
            .build();
    return maker.after(start, command, name(on, label, method, seed), settings);
  }

  /** Steps of pre-training and of UMM in turn. */
  Cell joint(StudyData on, String method, long seed) {
    return maker.cell(
        "umm",
        name(on, "joint", method, seed),
        "",
        settings(on, method, seed, Setting.of("--mode", "joint")).stream()
            .filter(each -> !each.name().equals(UMM_EPOCHS))
            .toList());
  }

  private static String name(StudyData on, String label, String method, long seed) {
    return on.tag() + "_" + label + "_" + Cell.fileName(method) + "_" + seed;
  }

  private ImmutableList<Setting> settings(StudyData on, String method, long seed, Setting... own) {
    List<Setting> ofCell =
        Stream.concat(
                Stream.of(
                    Setting.of("--data", on.source()),
                    Setting.of("--method", method),
                    Setting.of("--seed", seed)),
                Stream.of(own))
            .toList();
    List<Setting> ofData =
        on.benchmark().map(each -> each.settings(scale)).orElse(ImmutableList.of());
    return Setting.replaced(
        Setting.replaced(Setting.replaced(defaults(), ofData), options), ofCell);
  }

  private ImmutableList<Setting> defaults() {
    return ImmutableList.<Setting>builder()
        .addAll(scale.settings())
        .add(Setting.of(UMM_EPOCHS, scale.ummEpochs()))
        .build();
  }

  /** What all its trainings are told. */
  public String settings() {
    return Setting.replaced(defaults(), options).stream()
        .map(Setting::argument)
        .collect(Collectors.joining(" "));
  }
}
