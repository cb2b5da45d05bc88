package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The dictionary in a pickle of Python's, as data sets are offered in: of texts, whole numbers,
 * lists of these and NumPy arrays of bytes. Nothing is made of what else a pickle names, so no code
 * of a file can run.
 */
public final class PythonDictionary {
  private final String operation;
  private final String file;
  private final Map<?, ?> entries;

  private PythonDictionary(String operation, String file, Map<?, ?> entries) {
    this.operation = operation;
    this.file = file;
    this.entries = entries;
  }

  /**
   * Reads a pickle of protocol 2 to 5.
   *
   * @param operation what errors call the reading
   * @param file what errors call the file
   * @throws UsageError if it is broken, or its value is no dictionary
   */
  public static PythonDictionary read(String operation, String file, byte[] content) {
    Object value =
        Unpickler.read(operation, file, ByteBuffer.wrap(content), content.length).value();
    if (value instanceof Map<?, ?> entries) {
      return new PythonDictionary(operation, file, entries);
    }
    throw UsageError.in(operation)
        .because("%s holds no dictionary", file)
        .maybe("it is a file of another kind.");
  }

  /**
   * An array of unsigned bytes, the last axis varying fastest.
   *
   * @param columns the length of its second and last axis
   * @throws UsageError if there is no such array
   */
  public ByteBuffer bytes(String key, int columns) {
    return Optional.ofNullable((Object) entries.get(key))
        .filter(Pickle.ByteArray.class::isInstance)
        .map(Pickle.ByteArray.class::cast)
        .filter(array -> array.dims().size() == 2 && array.dims().get(1) == columns)
        .map(Pickle.ByteArray::bytes)
        .orElseThrow(() -> lacks(key, "of bytes with %,d columns".formatted(columns)));
  }

  /**
   * A list of whole numbers.
   *
   * @throws UsageError if there is no such list
   */
  public ImmutableList<Long> numbers(String key) {
    return list(key, Long.class, "of whole numbers");
  }

  /**
   * A list of texts.
   *
   * @throws UsageError if there is no such list
   */
  public ImmutableList<String> texts(String key) {
    return list(key, String.class, "of texts");
  }

  private <T> ImmutableList<T> list(String key, Class<T> type, String kind) {
    if (entries.get(key) instanceof List<?> list && list.stream().allMatch(type::isInstance)) {
      return list.stream().map(type::cast).collect(ImmutableList.toImmutableList());
    }
    throw lacks(key, kind);
  }

  private UsageError lacks(String key, String kind) {
    return UsageError.in(operation)
        .because("%s has no list \"%s\" %s", file, key, kind)
        .value("found", entries.keySet())
        .maybe("it is a file of another data set, or is damaged.");
  }
}
