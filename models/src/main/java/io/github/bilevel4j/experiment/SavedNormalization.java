package io.github.bilevel4j.experiment;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Doubles;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import java.util.Optional;

/** How the images were normalized with which weights were trained, in the weights' file. */
public final class SavedNormalization {
  private static final String MEAN = "bilevel4j.mean";
  private static final String DEVIATION = "bilevel4j.std";
  private static final String SEPARATOR = " ";

  private SavedNormalization() {}

  /** The texts for the file. */
  public static ImmutableMap<String, String> metadata(Normalize normalize) {
    return ImmutableMap.of(MEAN, text(normalize.mean()), DEVIATION, text(normalize.deviation()));
  }

  private static String text(Array values) {
    return Doubles.join(SEPARATOR, values.toDoubles());
  }

  /** Reads the texts, if they are there. */
  public static Optional<Normalize> of(Map<String, String> metadata) {
    return values(metadata, MEAN)
        .flatMap(mean -> values(metadata, DEVIATION).map(std -> Normalize.of(mean, std)));
  }

  private static Optional<Array> values(Map<String, String> metadata, String name) {
    Iterable<Double> values =
        Doubles.stringConverter()
            .convertAll(
                Splitter.on(SEPARATOR).omitEmptyStrings().split(metadata.getOrDefault(name, "")));
    double[] numbers = Doubles.toArray(com.google.common.collect.ImmutableList.copyOf(values));
    return numbers.length == 0 ? Optional.empty() : Optional.of(Array.vector(numbers));
  }
}
