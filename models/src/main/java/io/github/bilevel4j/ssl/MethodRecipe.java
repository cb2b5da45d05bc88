package io.github.bilevel4j.ssl;

/**
 * A method with its settings, ready to be put on an encoder. A public class with a public
 * constructor without parameters can be chosen by its name on the command line.
 */
public interface MethodRecipe {

  /** What it is called on the command line and in tables, for instance {@code moco-v2}. */
  String id();

  /** One line: what the method does, and the source. */
  default String description() {
    return getClass().getName();
  }

  /** The method with new heads on the encoder of a context, its views and its optimizer. */
  Recipe recipe(MethodContext context);
}
