package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Variables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The layers of a projector or predictor in a file, in order: of each its arrays' names by their
 * last part, and their dimensions in PyTorch's layout.
 */
record HeadNames(ImmutableList<Map<String, Part>> layers) {

  /** An array of a layer. */
  record Part(String name, List<Long> dims) {}

  /** Where the heads of an encoder with a prefix may be. */
  static ImmutableList<String> of(String role, String prefix) {
    ImmutableList.Builder<String> candidates = ImmutableList.builder();
    if (!prefix.isEmpty() && role.equals("projector")) {
      candidates.add(prefix + "fc.");
    }
    List<String> usual =
        role.equals("projector")
            ? List.of(
                "projector.",
                "projection_head.layers.",
                "projection_head.",
                "online_network.projection.",
                "online_network.projetion.",
                "projection.",
                "head.",
                "proj_head.")
            : List.of("predictor.", "prediction_head.layers.", "prediction_head.", "prediction.");
    for (String name : usual) {
      candidates.add(name, "module." + name);
    }
    return candidates.build();
  }

  /** The layers whose names begin with a prefix. */
  static HeadNames among(Map<String, ImmutableList<Long>> shapes, String prefix) {
    Map<String, Map<String, Part>> layers = new LinkedHashMap<>();
    shapes.forEach(
        (name, dims) -> {
          if (name.startsWith(prefix) && !name.endsWith("num_batches_tracked")) {
            add(layers, name.lastIndexOf('.'), name, dims);
          }
        });
    return new HeadNames(ImmutableList.copyOf(layers.values()));
  }

  /** The layers of a network's own head. */
  static HeadNames own(Variables variables) {
    Map<String, Map<String, Part>> layers = new LinkedHashMap<>();
    variables
        .leaves()
        .forEach((name, leaf) -> add(layers, name.lastIndexOf('/'), name, TorchNames.dims(leaf)));
    List<String> ordered = new ArrayList<>(layers.keySet());
    // Parameters come before statistics among the variables, layers by their numbers in the head.
    ordered.sort((a, b) -> Integer.compare(number(a), number(b)));
    return new HeadNames(
        ordered.stream().map(layers::get).collect(ImmutableList.toImmutableList()));
  }

  private static int number(String layer) {
    String last = layer.substring(layer.lastIndexOf('/') + 1);
    return last.matches("\\d{1,6}") ? Integer.parseInt(last) : 0;
  }

  private static void add(
      Map<String, Map<String, Part>> layers, int dot, String name, List<Long> dims) {
    layers
        .computeIfAbsent(name.substring(0, Math.max(0, dot)), layer -> new LinkedHashMap<>())
        .put(name.substring(dot + 1), new Part(name, dims));
  }

  boolean isEmpty() {
    return layers.isEmpty();
  }

  /** The names here by those of variables, if all layers are the same. */
  Optional<Map<String, String>> fitting(Variables variables) {
    HeadNames own = own(variables);
    if (!own.sizes().equals(sizes())) {
      return Optional.empty();
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < layers.size(); i++) {
      Map<String, Part> source = layers.get(i);
      own.layers.get(i).forEach((last, part) -> names.put(part.name(), source.get(last).name()));
    }
    return Optional.of(names);
  }

  private List<Map<String, List<Long>>> sizes() {
    return layers.stream()
        .map(
            layer ->
                layer.entrySet().stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, part -> part.getValue().dims())))
        .toList();
  }

  /** For instance {@code [2048, 512] [2048] [128, 2048]}. */
  @Override
  public String toString() {
    return layers.stream()
        .map(layer -> layer.values().iterator().next().dims().toString())
        .collect(Collectors.joining(" "));
  }
}
