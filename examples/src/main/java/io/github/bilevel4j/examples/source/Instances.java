package io.github.bilevel4j.examples.source;

import io.github.bilevel4j.check.UsageError;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Objects of classes that a user names, made by their constructor without parameters. */
public final class Instances {
  private static final Pattern NAME = Pattern.compile("([A-Za-z_]\\w*\\.)+[A-Z][\\w$]*");

  private Instances() {}

  /**
   * A new object of the class in a source file, or of the class with a full name, that implements a
   * type; empty if a text has neither form.
   *
   * @throws UsageError if it has the form, but there is no such class
   */
  public static <T> Optional<T> chosen(Class<T> type, String text) {
    if (SourceFile.isNamedBy(text)) {
      SourceFile file = SourceFile.load(Path.of(text));
      return Optional.of(of(file.only(type, "the interface " + type.getSimpleName())));
    }
    return ofName(type, text);
  }

  /**
   * A new object of the class with a full name that implements a type; empty if a text is none.
   *
   * @throws UsageError if there is no such class
   */
  public static <T> Optional<T> ofName(Class<T> type, String text) {
    if (!NAME.matcher(text).matches()) {
      return Optional.empty();
    }
    Class<?> found = named(text);
    if (!type.isAssignableFrom(found)) {
      throw UsageError.in(text).because("the class does not implement %s", type.getName()).error();
    }
    return Optional.of(of(found.asSubclass(type)));
  }

  /**
   * The class of a name.
   *
   * @throws UsageError if there is none on the class path
   */
  public static Class<?> named(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException | LinkageError e) {
      throw (UsageError)
          UsageError.in(name)
              .because("there is no such class on the class path")
              .maybe("the name is misspelt, or the class path lacks its folder or jar.")
              .initCause(e);
    }
  }

  /**
   * A new object.
   *
   * @throws UsageError if the class is abstract or has no constructor without parameters, or if
   *     that fails
   */
  public static <T> T of(Class<T> type) {
    try {
      Constructor<T> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (InvocationTargetException e) {
      throw (UsageError)
          UsageError.in(type.getName())
              .because("the constructor failed: %s", e.getCause())
              .error()
              .initCause(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw (UsageError)
          UsageError.in(type.getName())
              .because("needs a class with a constructor without parameters")
              .error()
              .initCause(e);
    }
  }

  /** Whether objects of a class are of a type, and there can be any. */
  static boolean canBe(Class<?> type, Class<?> made) {
    return type.isAssignableFrom(made) && !Modifier.isAbstract(made.getModifiers());
  }
}
