package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads what can be chosen by name, dashes and underscores alike. */
final class KindReader<E extends Enum<E>> implements ITypeConverter<E> {
  private final ImmutableList<E> kinds;

  private KindReader(List<E> kinds) {
    this.kinds = ImmutableList.copyOf(kinds);
  }

  /** For names as the enumeration prints them. */
  static <E extends Enum<E>> KindReader<E> of(Class<E> kinds) {
    return new KindReader<>(List.of(kinds.getEnumConstants()));
  }

  @Override
  public E convert(String name) {
    return kinds.stream()
        .filter(kind -> kind.toString().equalsIgnoreCase(name.replace('_', '-')))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "expected one of " + names() + " but was '" + name + "'"));
  }

  private String names() {
    return kinds.stream().map(E::toString).collect(Collectors.joining(", "));
  }
}
