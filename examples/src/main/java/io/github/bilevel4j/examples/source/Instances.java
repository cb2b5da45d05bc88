package io.github.bilevel4j.examples.source;

import io.github.bilevel4j.check.UsageError;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;

/** Objects of classes that a user names, made by their constructor without arguments. */
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
      throw UsageError.in("class").because("there is no class %s on the class path", name).error();
    }
  }

  /**
   * A new object.
   *
   * @throws UsageError if there is no constructor without arguments
   */
  public static <T> T of(Class<T> type) {
    try {
      Constructor<T> constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    } catch (NoSuchMethodException e) {
      throw UsageError.in("class")
          .because("%s has no constructor without arguments", type.getName())
          .error();
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException own) {
        throw own;
      }
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw UsageError.in("class").because("%s cannot be made: %s", type.getName(), e).error();
    }
  }
}
