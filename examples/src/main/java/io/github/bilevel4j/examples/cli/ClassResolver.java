package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes an object of a public class that is named in full, by its constructor without parameters.
 */
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
    Class<?> found = found(name);
    if (!type.isAssignableFrom(found)) {
      throw mistake(name).because("the class does not implement %s", type.getName()).error();
    }
    try {
      if (!Modifier.isPublic(found.getModifiers()) || Modifier.isAbstract(found.getModifiers())) {
        throw new NoSuchMethodException();
      }
      return type.cast(found.getConstructor().newInstance());
    } catch (InvocationTargetException e) {
      throw caused(
          mistake(name).because("the constructor failed: %s", e.getCause()).error(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw caused(
          mistake(name)
              .because("needs a public class with a public constructor without parameters")
              .error(),
          e);
    }
  }

  private Class<?> found(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException | LinkageError e) {
      throw caused(
          mistake(name)
              .because("there is no such class on the class path")
              .maybe("the name is misspelt, or the class path lacks its folder or jar."),
          e);
    }
  }

  private UsageError.Message mistake(String name) {
    return UsageError.in(name);
  }

  private static UsageError caused(UsageError error, Throwable cause) {
    error.initCause(cause);
    return error;
  }
}
