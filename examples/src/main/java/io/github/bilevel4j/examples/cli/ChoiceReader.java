package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads what can be chosen by name, dashes and underscores alike, or made by a user's code.
 *
 * @param builtIn those with names: what they print
 */
record ChoiceReader<T>(ImmutableList<T> builtIn, ImmutableList<Resolver<? extends T>> resolvers)
    implements ITypeConverter<T> {

  /** Finds what a text stands for that is no name of a built-in choice. */
  @FunctionalInterface
  interface Resolver<T> {

    /**
     * What the text stands for; empty if it is of another form than this one resolves.
     *
     * @throws io.github.bilevel4j.check.UsageError if it has the form, but stands for nothing
     */
    Optional<T> resolve(String text);
  }

  /** Names alone. */
  static <E extends Enum<E>> ChoiceReader<E> of(Class<E> kinds) {
    return new ChoiceReader<>(ImmutableList.copyOf(kinds.getEnumConstants()), ImmutableList.of());
  }

  /** Names, or what implements a type. */
  static <T> ChoiceReader<T> of(List<? extends T> builtIn, Class<T> type) {
    return new ChoiceReader<>(
        ImmutableList.copyOf(builtIn),
        ImmutableList.of(SourceResolver.of(type), ClassResolver.of(type)));
  }

  @Override
  public T convert(String text) {
    Optional<T> named =
        builtIn.stream()
            .filter(choice -> choice.toString().equalsIgnoreCase(text.replace('_', '-')))
            .findFirst();
    return named.orElseGet(() -> resolved(text));
  }

  private T resolved(String text) {
    for (Resolver<? extends T> resolver : resolvers) {
      Optional<? extends T> found = resolver.resolve(text);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new TypeConversionException(
        "expected one of "
            + names()
            + (resolvers.isEmpty() ? "" : " or a FILE.java or the full name of a class")
            + " but was '"
            + text
            + "'");
  }

  private String names() {
    return builtIn.stream().map(Object::toString).collect(Collectors.joining(", "));
  }
}
