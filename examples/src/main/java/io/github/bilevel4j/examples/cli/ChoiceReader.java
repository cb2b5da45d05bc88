package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.examples.source.Instances;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads what can be chosen by name, dashes and underscores alike, or made by a user's code.
 *
 * @param builtIn those with names: what they print, the constants of an enumeration in lower case
 * @param type what a user's class implements, if there may be one
 */
record ChoiceReader<T>(ImmutableList<T> builtIn, Optional<Class<T>> type)
    implements ITypeConverter<T> {

  /** Names of an enumeration alone. */
  static <E> ChoiceReader<E> of(Class<E> kinds) {
    return new ChoiceReader<>(ImmutableList.copyOf(kinds.getEnumConstants()), Optional.empty());
  }

  /** Names, or what implements a type. */
  static <T> ChoiceReader<T> of(List<? extends T> builtIn, Class<T> type) {
    return new ChoiceReader<>(ImmutableList.copyOf(builtIn), Optional.of(type));
  }

  @Override
  public T convert(String text) {
    return builtIn.stream()
        .filter(choice -> name(choice).equals(written(text)))
        .findFirst()
        .or(() -> type.flatMap(implemented -> Instances.chosen(implemented, text)))
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected one of "
                        + builtIn.stream().map(ChoiceReader::name).collect(Collectors.joining(", "))
                        + (type.isEmpty() ? "" : " or a FILE.java or the full name of a class")
                        + " but was '"
                        + text
                        + "'"));
  }

  private static String name(Object choice) {
    return written(choice.toString());
  }

  private static String written(String text) {
    return text.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
