package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Ints;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What a study is made with.
 *
 * @param data its data sets
 * @param boxes pictures with boxes, for a table of detection
 * @param methods empty for those of the study at this scale
 * @param options instead of those of the scale, or besides
 */
public record Design(
    Scale scale,
    ImmutableList<StudyData> data,
    Optional<StudyData> boxes,
    ImmutableList<String> methods,
    int seeds,
    ImmutableList<Setting> options,
    CellMaker maker) {
  private static final String UMM_EPOCHS = "--umm-epochs";

  private static final String EPOCHS = "--epochs";

  /** What a training of UMM has to be better than is made, too. */
  static final Setting CONTROLS = Setting.flag("--controls");

  /** The label of pre-trainings that are measured while they go on. */
  static final String MONITORED = "monitored";

  /** Pictures of a long tail that the seed draws. */
  static final String LONG_TAIL = "--long-tail";

  /** What an evaluation is told of the encoder and where it runs. */
  private static final ImmutableSet<String> OF_ENCODER =
      ImmutableSet.of(
          "--encoder",
          "--method",
          "--seed",
          "--device",
          "--precision",
          "--deterministic",
          "--memory");

  /** Evaluations that end with the same numbers whatever the batch. */
  private static final ImmutableSet<String> WITHOUT_BATCHES =
      ImmutableSet.of("probe", "guillotine", "longtail");

  /** What it is told of the pictures that the encoder was trained on. */
  private static final ImmutableSet<String> OF_PICTURES =
      ImmutableSet.of(
          "--data",
          "--subset",
          LONG_TAIL,
          "--classes",
          "--image-size",
          "--skip-damaged",
          "--pretrain-images",
          "--probe-images");

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
    return Setting.replaced(monitor(), settings);
  }

  private ImmutableList<Setting> monitor() {
    return ImmutableList.of(Setting.of("--monitor", scale.every()));
  }

  /** UMM with its controls, from the weights of a pre-training. */
  Cell umm(StudyData on, String method, long seed, String label, Setting... own) {
    return umm(on, method, seed, label, pretraining(), own);
  }

  /** The label of pre-trainings that UMM begins with. */
  private String pretraining() {
    return scale.isMonitored() ? MONITORED : "pretrain";
  }

  private Cell umm(
      StudyData on, String method, long seed, String label, String start, Setting... own) {
    return trained(on, method, seed, label, start, withControls(settings(on, method, seed, own)));
  }

  /** A training by {@code umm} from the last weights of a pre-training. */
  private Cell trained(
      StudyData on, String method, long seed, String label, String start, List<Setting> settings) {
    return maker.cell(
        "umm",
        name(on, label, method, seed),
        name(on, start, method, seed),
        settings,
        scale.isMonitored() ? monitor() : ImmutableList.of());
  }

  /**
   * A training by {@code umm} from weights that have not seen the pictures that are held out, which
   * is measured while it goes on where its pre-training is not by the scale itself.
   */
  Cell repaired(StudyData on, String method, long seed, String label, Setting... own) {
    List<Setting> settings = settings(on, method, seed, own);
    return trained(
        on, method, seed, label, MONITORED, scale.isMonitored() ? settings : watched(settings));
  }

  /** UMM with its controls from the same weights, the cell of other tables and figures. */
  Cell ummBesideRepairs(StudyData on, String method, long seed) {
    return scale.isMonitored()
        ? umm(on, method, seed, "umm")
        : monitoredUmm(on, method, seed, MONITORED);
  }

  /** Without an option. */
  Design without(String option) {
    ImmutableList<Setting> others =
        options.stream()
            .filter(each -> !each.name().equals(option))
            .collect(ImmutableList.toImmutableList());
    return new Design(scale, data, boxes, methods, seeds, others, maker);
  }

  /** The pre-training that UMM begins with. */
  Cell pretrained(StudyData on, String method, long seed) {
    return umm(on, method, seed, "umm").start().orElseThrow().cell();
  }

  /** The layers of encoder and projector that a pre-training has made. */
  Cell layers(Cell pretraining, StudyData on, String method, long seed) {
    List<Setting> settings = settings(on, method, seed);
    return evaluated(
        new Cell.Start(pretraining, Cell.WEIGHTS),
        settings,
        "guillotine",
        ImmutableSet.<String>builder().addAll(OF_PICTURES).add("--preset").build());
  }

  /** The same after a share of the epochs of pre-training. */
  Cell umm(StudyData on, String method, long seed, double share) {
    long epochs = epochs(share);
    return epochs == epochs(1)
        ? umm(on, method, seed, "umm")
        : umm(
            on,
            method,
            seed,
            "umm-after-" + epochs,
            pretraining() + "-" + epochs,
            Setting.of(EPOCHS, epochs));
  }

  /**
   * A share of the epochs, at least one; none if they are no number, which the command will say.
   */
  long epochs(double share) {
    return common().stream()
        .filter(each -> each.name().equals(EPOCHS))
        .flatMap(each -> each.value().stream())
        .map(Ints::tryParse)
        .filter(Objects::nonNull)
        .findFirst()
        .map(all -> Math.max(1, Math.round(share * all)))
        .orElse(0L);
  }

  /** The same, measured while it goes on, after {@link #monitored} with this label. */
  Cell monitoredUmm(StudyData on, String method, long seed, String label) {
    return trained(
        on, method, seed, label + "-umm", label, watched(withControls(settings(on, method, seed))));
  }

  private static List<Setting> withControls(List<Setting> settings) {
    return ImmutableList.<Setting>builder().addAll(settings).add(CONTROLS).build();
  }

  /** An evaluation of weights on the pictures of their training. */
  Cell evaluated(
      Cell.Start start, StudyData on, String method, long seed, String command, Setting... own) {
    return evaluated(start, settings(on, method, seed, own), command, OF_PICTURES, own);
  }

  /** An evaluation of weights on pictures with boxes. */
  Cell detected(Cell.Start start, String method, long seed, Setting... own) {
    Setting[] all =
        Stream.concat(scale.detection().stream(), Stream.of(own)).toArray(Setting[]::new);
    return evaluated(
        start,
        settings(boxes.orElseThrow(), method, seed, all),
        "dense-probe",
        ImmutableSet.of("--data"),
        all);
  }

  private Cell evaluated(
      Cell.Start start,
      List<Setting> settings,
      String command,
      ImmutableSet<String> pictures,
      Setting... own) {
    return maker.after(
        start,
        command,
        start.cell().name()
            + "_"
            + Stream.concat(
                    Stream.of(command, start.file().replaceFirst("\\.[^.]*$", "")),
                    Stream.of(own)
                        .map(each -> Cell.fileName(each.value().orElse(each.name().substring(2)))))
                .collect(Collectors.joining("-")),
        settings.stream()
            .filter(
                each ->
                    List.of(own).contains(each)
                        || OF_ENCODER.contains(each.name())
                        || (each.name().equals("--batch") && WITHOUT_BATCHES.contains(command))
                        || pictures.contains(each.name()))
            .toList());
  }

  /** Steps of pre-training and of UMM in turn, for a share of the epochs. */
  Cell joint(StudyData on, String method, long seed, double share) {
    return maker.cell(
        "umm",
        name(on, "joint", method, seed),
        "",
        settings(on, method, seed, Setting.of("--mode", "joint"), Setting.of(EPOCHS, epochs(share)))
            .stream()
            .filter(each -> !each.name().equals(UMM_EPOCHS))
            .toList());
  }

  private String name(StudyData on, String label, String method, long seed) {
    String part = options.stream().anyMatch(each -> each.name().equals(LONG_TAIL)) ? "-lt_" : "_";
    return on.tag() + part + label + "_" + Cell.fileName(method) + "_" + seed;
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
  public ImmutableList<Setting> common() {
    return Setting.replaced(defaults(), options);
  }
}
