package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The arrays in what a file of PyTorch's holds. */
final class TorchContent {
  static final long LONGEST_PICKLE = 100_000_000;

  /**
   * Where checkpoints keep a network's arrays, first one first: Lightning, MoCo, Barlow Twins,
   * DINO, VISSL, SDCLR and many others.
   */
  private static final ImmutableList<ImmutableList<String>> CONTAINERS =
      ImmutableList.of(
          ImmutableList.of("state_dict"),
          ImmutableList.of("model"),
          ImmutableList.of("model_state_dict"),
          ImmutableList.of("net"),
          ImmutableList.of("teacher"),
          ImmutableList.of("student"),
          ImmutableList.of("classy_state_dict", "base_model", "model", "trunk"),
          ImmutableList.of("P_state"));

  private static final int DEPTH = 8;
  private static final int MOST_ARRAYS = 1_000_000;

  private final Path file;
  private final String format;
  private final Function<String, StoredTensor.Bytes> storages;
  private final Map<String, StoredTensor.Bytes> opened = new HashMap<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> opaque = new LinkedHashMap<>();

  /**
   * The content of a file.
   *
   * @param storages the bytes of a storage with a key, null if there is none
   */
  TorchContent(Path file, String format, Function<String, StoredTensor.Bytes> storages) {
    this.file = file;
    this.format = format;
    this.storages = storages;
  }

  /**
   * Finds the arrays in an object.
   *
   * @throws UsageError if there are none, or one does not lie within its storage
   */
  WeightsFile.Content of(Object object) {
    ImmutableList<String> container =
        CONTAINERS.stream()
            .filter(path -> at(object, path).filter(TorchContent::hasTensors).isPresent())
            .findFirst()
            .orElse(ImmutableList.of());
    Object found = at(object, container).orElseThrow();
    if (found instanceof Map<?, ?> map) {
      collect("", map, hasTensors(map) ? 0 : DEPTH);
    }
    if (tensors.isEmpty()) {
      throw none(object);
    }
    return new WeightsFile.Content(
        format,
        String.join(".", container),
        ImmutableMap.copyOf(tensors),
        ImmutableMap.copyOf(opaque),
        ImmutableMap.of());
  }

  private UsageError none(Object object) {
    Optional<Object> wanted =
        CONTAINERS.stream().flatMap(path -> at(object, path).stream()).findFirst();
    Object shown = wanted.orElse(object);
    return shown instanceof Pickle.Opaque made
        ? UsageError.in("read weights")
            .because(
                "%s holds an object of %s, and no code is run to make it",
                file, Header.shown(made.name()))
            .maybe("save the weights alone in Python: torch.save(model.state_dict(), f).")
        : UsageError.in("read weights")
            .because("%s holds no arrays by their names", file)
            .maybe("save the weights in Python: torch.save(model.state_dict(), f).");
  }

  private static Optional<Object> at(Object object, List<String> path) {
    Optional<Object> found = Optional.of(object);
    for (String key : path) {
      found = found.flatMap(value -> Pickle.get(value, key));
    }
    return found;
  }

  private static boolean hasTensors(Object value) {
    return value instanceof Map<?, ?> map
        && map.values().stream().anyMatch(Pickle.Tensor.class::isInstance);
  }

  private void collect(String prefix, Map<?, ?> map, int depth) {
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = prefix + entry.getKey();
      if (entry.getValue() instanceof Pickle.Tensor tensor) {
        tensors.putIfAbsent(name, tensor(name, tensor));
      } else if (entry.getValue() instanceof Pickle.Opaque made) {
        opaque.put(name, made.name());
      } else if (entry.getValue() instanceof Map<?, ?> inner && depth > 0) {
        collect(name + ".", inner, depth - 1);
      }
      if (tensors.size() + opaque.size() > MOST_ARRAYS) {
        throw UsageError.in("read weights")
            .because("%s holds more than %d arrays", file, MOST_ARRAYS)
            .error();
      }
    }
  }

  private StoredTensor tensor(String name, Pickle.Tensor tensor) {
    Pickle.Storage storage = tensor.storage();
    StoredTensor.Bytes bytes = opened.computeIfAbsent(storage.key(), storages);
    if (bytes == null
        || storage.count() < 0
        || storage.count() > bytes.size() / (storage.type().bits() / Byte.SIZE)) {
      throw UsageError.in("read weights")
          .because(
              "\"%s\" lies in a storage of %d numbers, which is not there as a whole",
              Header.shown(name), storage.count())
          .value("file", file)
          .maybe("the file was cut short or damaged.");
    }
    return StoredTensor.of(file, name, tensor, bytes);
  }
}
