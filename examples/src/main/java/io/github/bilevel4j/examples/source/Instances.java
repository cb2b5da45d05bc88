package io.github.bilevel4j.examples.source;

import io.github.bilevel4j.check.UsageError;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;

/** Objects of classes that a user names, made by their constructor without parameters. */
public final class Instances {
  private Instances() {}

  /**
   * The class of a name.
   *
   * @throws UsageError if there is none on the class path
   */
  public static Class<?> named(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException | LinkageError e) {
      throw caused(
          UsageError.in(name)
              .because("there is no such class on the class path")
              .maybe("the name is misspelt, or the class path lacks its folder or jar."),
          e);
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
      throw caused(
          UsageError.in(type.getName()).because("the constructor failed: %s", e.getCause()).error(),
          e.getCause());
    } catch (ReflectiveOperationException e) {
      throw caused(
          UsageError.in(type.getName())
              .because("needs a class with a constructor without parameters")
              .error(),
          e);
    }
  }

  private static UsageError caused(UsageError error, Throwable cause) {
    error.initCause(cause);
    return error;
  }
}
