package io.github.bilevel4j.layer;

import com.google.common.collect.ImmutableMap;
import java.util.List;

/** Layers one after another, each with a name that the names of its variables begin with. */
public record Sequential(ImmutableMap<String, LayerSpec> layers) implements LayerSpec {

  /** No layer yet: the identity. */
  public static Sequential empty() {
    return new Sequential(ImmutableMap.of());
  }

  /** Layers named {@code 0, 1, ...}, as by PyTorch's {@code Sequential}. */
  public static Sequential of(LayerSpec... layers) {
    return of(List.of(layers));
  }

  /** As {@link #of(LayerSpec...)}. */
  public static Sequential of(List<? extends LayerSpec> layers) {
    ImmutableMap.Builder<String, LayerSpec> numbered = ImmutableMap.builder();
    for (int i = 0; i < layers.size(); i++) {
      numbered.put(Integer.toString(i), layers.get(i));
    }
    return new Sequential(numbered.buildOrThrow());
  }

  /** With one more layer at the end. */
  public Sequential then(String name, LayerSpec layer) {
    return new Sequential(
        ImmutableMap.<String, LayerSpec>builder().putAll(layers).put(name, layer).buildOrThrow());
  }

  @Override
  public Layer init(Scope scope) {
    return Chain.of(
        layers.entrySet().stream()
            .map(layer -> layer.getValue().init(scope.child(layer.getKey())))
            .toList());
  }
}
