package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Multiset;
import com.google.common.collect.TreeMultiset;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * An encoder, and the heads that fit, taken from a file of another program: names with dots,
 * convolutions {@code [outputs, inputs, height, width]} and dense layers {@code [outputs, inputs]}
 * as PyTorch has them. The prefix of the encoder's names is found by itself: those of torchvision,
 * timm, solo-learn, lightly, MoCo, SimSiam, BYOL, Barlow Twins, SwAV, VICReg, DINO, VISSL and SDCLR
 * are known. The average of an encoder (MoCo's key encoder, BYOL's target) is taken only if its
 * prefix is given.
 */
public final class WeightsImport {
  /** The prefixes of encoders, preferred ones first. */
  private static final ImmutableList<String> PREFIXES =
      ImmutableList.of(
          "module.encoder_q.",
          "encoder_q.",
          "module.base_encoder.",
          "base_encoder.",
          "online_network.",
          "online_encoder.net.",
          "online_encoder.",
          "module.online_encoder.",
          "module.online_network.",
          "module.backbone.",
          "backbone.",
          "back_bone.",
          "module.back_bone.",
          "module.encoder.",
          "encoder.",
          "module.convnet.",
          "convnet.",
          "base_model._feature_blocks.",
          "_feature_blocks.",
          "student_backbone.",
          "model.",
          "module.",
          "");

  private static final Pattern AVERAGE =
      Pattern.compile("momentum|target|teacher|encoder_k|key_encoder|_ema|ema_|average");
  private static final Pattern CAFFE =
      Pattern.compile("(.*\\.)?(res\\d\\w*_branch\\d.*|res_?conv1_.*)");
  private static final String COUNTER = "num_batches_tracked";
  private static final ImmutableList<String> RESNET =
      ImmutableList.of("conv1.weight", "layer1.0.conv1.weight");
  private static final int SHOWN = 8;

  private final WeightsFile file;
  private final String prefix;

  /** The file's names by those that torchvision gives the same arrays, the prefix with them. */
  private final ImmutableMap<String, String> names;

  /** The dimensions in PyTorch's layout, by torchvision's names. */
  private final ImmutableMap<String, ImmutableList<Long>> shapes;

  private final Map<String, String> taken = new LinkedHashMap<>();
  private final List<String> heads = new ArrayList<>();

  private WeightsImport(WeightsFile file, String prefix, ImmutableMap<String, String> names) {
    this.file = file;
    this.prefix = prefix;
    this.names = names;
    boolean isOwn = isOwn(file);
    this.shapes =
        names.entrySet().stream()
            .collect(
                ImmutableMap.toImmutableMap(
                    Map.Entry::getKey,
                    name -> {
                      ImmutableList<Long> dims = file.shapes().get(name.getValue());
                      return isOwn ? TorchNames.torchDims(dims) : dims;
                    }));
  }

  /**
   * Finds an encoder in a file; its values are read by {@link #values}.
   *
   * @param prefix what the names of its arrays begin with, if it is not to be found
   * @throws UsageError if the file has no such encoder, one of another size or with other layers,
   *     or two whose names are not known
   */
  public static WeightsImport of(WeightsFile file, Variables encoder, Optional<String> prefix) {
    List<String> filters =
        encoder.leaves().entrySet().stream()
            .filter(leaf -> leaf.getValue().shape().rank() == 4)
            .map(leaf -> TorchNames.dotted(leaf.getKey()))
            .limit(2)
            .toList();
    WeightsImport imported = found(file, filters, prefix);
    imported.take(encoder);
    return imported;
  }

  /** What the residual network in a file is. */
  public record Architecture(boolean hasBottlenecks, int stem) {}

  /**
   * Tells which residual network is in a file.
   *
   * @param prefix what the names of its arrays begin with, if it is not to be found
   * @throws UsageError if there is none, or several whose names are not known
   */
  public static Architecture architecture(WeightsFile file, Optional<String> prefix) {
    WeightsImport found = found(file, RESNET, prefix);
    return new Architecture(!found.dims("layer1.0.conv3.weight").isEmpty(), found.stem());
  }

  /**
   * The residual network in a file and the prefix of its names, in one line.
   *
   * @throws UsageError as {@link #architecture(WeightsFile, Optional)}
   */
  public static String summary(WeightsFile file) {
    return found(file, RESNET, Optional.empty()).summary();
  }

  /** The encoder and the prefix of its names, in one line. */
  public String summary() {
    return architecture() + (prefix.isEmpty() ? ", no prefix" : ", prefix " + prefix);
  }

  private static WeightsImport found(
      WeightsFile file, List<String> filters, Optional<String> prefix) {
    ImmutableMap<String, String> names = TorchNames.of(file.shapes().keySet());
    refuseCaffe(file);
    return new WeightsImport(
        file, prefix.map(TorchNames::withDot).orElseGet(() -> prefix(file, names, filters)), names);
  }

  /** Whether a file has this program's own names and layouts. */
  public static boolean isOwn(WeightsFile file) {
    return file.format().equals("safetensors")
        && file.shapes().keySet().stream().anyMatch(name -> name.indexOf('/') >= 0);
  }

  private static void refuseCaffe(WeightsFile file) {
    file.shapes().keySet().stream()
        .filter(name -> CAFFE.matcher(name).matches())
        .findFirst()
        .ifPresent(
            name -> {
              throw UsageError.in("import weights")
                  .because("\"%s\" is a name of Caffe's ResNets", Header.shown(name))
                  .value("file", file.path())
                  .maybe(
                      "weights of torchvision's layout were meant: Caffe's have the stride in"
                          + " another convolution.");
            });
  }

  /** The prefixes for which the encoder's first two filters are there. */
  private static ImmutableSet<String> prefixes(
      ImmutableMap<String, String> names, List<String> filters) {
    return names.keySet().stream()
        .filter(name -> name.endsWith(filters.get(0)))
        .map(name -> name.substring(0, name.length() - filters.get(0).length()))
        .filter(prefix -> prefix.isEmpty() || prefix.endsWith("."))
        .filter(prefix -> names.containsKey(prefix + filters.get(filters.size() - 1)))
        .collect(ImmutableSet.toImmutableSet());
  }

  private static String prefix(
      WeightsFile file, ImmutableMap<String, String> names, List<String> filters) {
    ImmutableSet<String> there = prefixes(names, filters);
    for (String known : PREFIXES) {
      if (there.contains(known)) {
        return known;
      }
    }
    List<String> others = there.stream().filter(prefix -> !AVERAGE.matcher(prefix).find()).toList();
    if (others.size() == 1) {
      return others.get(0);
    }
    if (!there.isEmpty()) {
      throw UsageError.in("import weights")
          .because(
              others.isEmpty()
                  ? "the file has only the moving average of an encoder"
                  : "the file has several encoders")
          .value("file", file.path())
          .value("prefixes", there)
          .maybe("--prefix %s was meant.", there.iterator().next());
    }
    requireOneStem(file, names);
    throw UsageError.in("import weights")
        .because("no such encoder was found in %s", file.path())
        .value("wanted", String.join(", ", filters))
        .value("found", firstOf(file.shapes().keySet().asList()))
        .maybe("it is of another architecture, or its names have another form.");
  }

  private static void requireOneStem(WeightsFile file, ImmutableMap<String, String> names) {
    Optional<String> deep =
        names.keySet().stream().filter(name -> name.endsWith("conv1.0.weight")).findFirst();
    if (deep.isPresent() && names.keySet().stream().anyMatch(n -> n.contains("layer1.0."))) {
      throw UsageError.in("import weights")
          .because(
              "\"%s\" is of a ResNet-D, whose stem has three convolutions (timm's resnet50d)",
              Header.shown(deep.get()))
          .value("file", file.path())
          .maybe("a resnet18 or resnet50 without the letter was meant.");
    }
  }

  private void take(Variables encoder) {
    List<String> missing = new ArrayList<>();
    List<String[]> different = new ArrayList<>();
    encoder
        .leaves()
        .forEach(
            (own, leaf) -> {
              String source = prefix + TorchNames.dotted(own);
              if (!names.containsKey(source)) {
                missing.add(source);
              } else if (!TorchNames.dims(leaf).equals(shapes.get(source))) {
                different.add(
                    new String[] {
                      own, TorchNames.dims(leaf).toString(), shapes.get(source).toString()
                    });
              } else {
                taken.put(own, names.get(source));
              }
            });
    List<String> more =
        names.keySet().stream()
            .filter(name -> name.startsWith(prefix + "layer"))
            .filter(name -> !taken.containsValue(names.get(name)))
            .filter(name -> !name.endsWith(COUNTER) && !name.contains(".bn_list."))
            .toList();
    if (!missing.isEmpty() || !different.isEmpty() || !more.isEmpty()) {
      throw mismatch(encoder, missing, different, more);
    }
  }

  private UsageError mismatch(
      Variables encoder, List<String> missing, List<String[]> different, List<String> more) {
    UsageError.Message message =
        UsageError.in("import weights")
            .because(
                "of the %d arrays of the encoder %d are missing and %d have another shape",
                encoder.names().size(), missing.size(), different.size())
            .value("file", file.path())
            .value("prefix", prefix.isEmpty() ? "none" : Header.shown(prefix))
            .value("encoder", TorchNames.architecture(encoder))
            .value("in the file", architecture());
    if (!missing.isEmpty()) {
      message = message.value("missing", firstOf(missing));
    }
    if (!more.isEmpty()) {
      message = message.value("more", firstOf(more));
    }
    if (!different.isEmpty()) {
      message = message.row("variable", "network in PyTorch's layout", "file");
      for (String[] row : different.subList(0, Math.min(SHOWN, different.size()))) {
        message = message.row(row);
      }
    }
    return message.maybe("the encoder of the file or another --prefix was meant.");
  }

  private String architecture() {
    List<Long> stem = dims("conv1.weight");
    return dims("layer1.0.conv1.weight").isEmpty()
        ? "no ResNet"
        : TorchNames.architecture(
            !dims("layer1.0.conv3.weight").isEmpty(),
            stem.isEmpty() ? 0 : stem.get(stem.size() - 1));
  }

  private List<Long> dims(String name) {
    return shapes.getOrDefault(prefix + name, ImmutableList.of());
  }

  /**
   * Takes a head too, if the file has one with the same layers: dense layers and normalizations of
   * the same sizes in the same order, whatever their numbers.
   *
   * @param role {@code projector} or {@code predictor}, with which the variables' names begin
   */
  public void takeHead(String role, Variables variables) {
    if (variables.isEmpty()) {
      return;
    }
    String reason = "none found";
    for (String candidate : HeadNames.of(role, prefix)) {
      HeadNames source = HeadNames.among(shapes, candidate);
      if (!source.isEmpty()) {
        Optional<Map<String, String>> fitting = source.fitting(variables);
        if (fitting.isPresent()) {
          fitting.get().forEach((own, name) -> taken.put(own, names.get(name)));
          heads.add(role + ": " + fitting.get().size() + " arrays, from " + candidate);
          return;
        }
        reason =
            "not used: its layers are " + source + ", the method's are " + HeadNames.own(variables);
      }
    }
    heads.add(role + ": " + reason);
  }

  /**
   * Takes a head as it is, its layers numbered from zero.
   *
   * @param role {@code projector} or {@code predictor}, with which the names will begin
   */
  public void takeHead(String role) {
    for (String candidate : HeadNames.of(role, prefix)) {
      HeadNames source = HeadNames.among(shapes, candidate);
      if (!source.isEmpty()) {
        source.numbered(role).forEach((own, name) -> taken.put(own, names.get(name)));
        heads.add(role + ": layers " + source + ", from " + candidate);
        return;
      }
    }
  }

  /** The names of what was taken, this program's. */
  public ImmutableSet<String> names() {
    return ImmutableSet.copyOf(taken.keySet());
  }

  /** Which heads were taken, and why others were not, in one line. */
  public String heads() {
    return String.join("; ", heads);
  }

  /** The prefix of the encoder's names. */
  public String prefix() {
    return prefix;
  }

  /** The number of pixels a side of the first convolution. */
  public int stem() {
    List<Long> dims = dims("conv1.weight");
    return dims.isEmpty() ? 3 : Math.toIntExact(dims.get(dims.size() - 1));
  }

  /**
   * Reads what was taken, by this program's names and in its layouts.
   *
   * @throws UsageError as {@link WeightsFile#read}
   */
  public ImmutableMap<String, Array> values() {
    ImmutableMap.Builder<String, Array> values = ImmutableMap.builder();
    boolean isOwn = isOwn(file);
    ImmutableMap<String, Array> read = file.read(ImmutableSet.copyOf(taken.values()));
    taken.forEach(
        (own, source) ->
            values.put(own, isOwn ? read.get(source) : TorchNames.own(read.get(source))));
    return values.buildOrThrow();
  }

  /** What was found, taken and left, in some lines. */
  public String report() {
    List<String> lines = new ArrayList<>();
    lines.add("format     " + file.format());
    lines.add("container  " + (file.container().isEmpty() ? "none" : file.container()));
    lines.add("prefix     " + (prefix.isEmpty() ? "none" : prefix));
    lines.add("encoder    " + architecture());
    lines.add("used       " + taken.size() + " arrays, none is missing");
    heads.forEach(head -> lines.add("           " + head));
    Multiset<String> left = TreeMultiset.create();
    for (String name : file.shapes().keySet()) {
      if (name.endsWith(COUNTER)) {
        left.add("counters (" + COUNTER + ")");
      } else if (!taken.containsValue(name)) {
        left.add(group(name));
      }
    }
    lines.add("ignored    " + left.size() + " arrays");
    left.entrySet()
        .forEach(group -> lines.add("           " + group.getElement() + ": " + group.getCount()));
    return String.join("\n", lines);
  }

  private static String group(String name) {
    List<String> parts = List.of(Header.shown(name).split("\\.", -1));
    int shown = parts.get(0).equals("module") ? 2 : 1;
    return parts.size() <= shown
        ? Header.shown(name)
        : parts.stream().limit(shown).collect(Collectors.joining(".")) + ".";
  }

  private static String firstOf(List<String> names) {
    return names.stream().limit(SHOWN).map(Header::shown).collect(Collectors.joining(", "))
        + (names.size() > SHOWN ? ", ..." : "");
  }
}
