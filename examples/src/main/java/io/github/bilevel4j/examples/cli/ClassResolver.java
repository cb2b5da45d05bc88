package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.source.Instances;
import java.util.Optional;
import java.util.regex.Pattern;

/** Makes an object of a class that is named in full, by its constructor without parameters. */
record ClassResolver<T>(Class<T> type) implements ChoiceReader.Resolver<T> {
  private static final Pattern NAME = Pattern.compile("([A-Za-z_]\\w*\\.)+[A-Z][\\w$]*");

  /** Of classes that implement a type. */
  static <T> ClassResolver<T> of(Class<T> type) {
    return new ClassResolver<>(type);
  }

  @Override
  public Optional<T> resolve(String text) {
    return NAME.matcher(text).matches() ? Optional.of(made(text)) : Optional.empty();
  }

  private T made(String name) {
    Class<?> found = Instances.named(name);
    if (!type.isAssignableFrom(found)) {
      throw UsageError.in(name).because("the class does not implement %s", type.getName()).error();
    }
    return Instances.of(found.asSubclass(type));
  }
}
