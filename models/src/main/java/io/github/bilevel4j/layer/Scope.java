package io.github.bilevel4j.layer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.function.LongFunction;

/**
 * Where in a network a layer stands: the path that its variables' names begin with, and the seed
 * from which their first values are drawn. A variable's values are a function of the seed and its
 * whole path alone, so that a layer starts the same whatever is built before it.
 *
 * <p>Paths are those of PyTorch modules with slashes for dots, {@code layer1/0/conv1/weight}.
 */
public record Scope(String path, long seed) {

  /** The scope without a path. */
  public static Scope seed(long seed) {
    return new Scope("", seed);
  }

  /** The scope of a part of this one. */
  public Scope child(String name) {
    return new Scope(name(name), seed);
  }

  /**
   * The full name of a variable or part.
   *
   * @throws IllegalArgumentException if the name is blank
   */
  public String name(String last) {
    if (last.isBlank()) {
      throw UsageError.in("scope")
          .because("a name is blank")
          .row("path", path)
          .maybe("a layer was given no name.");
    }
    return path.isEmpty() ? last : path + "/" + last;
  }

  /** A new variable in this scope whose first values are drawn with a seed of its own. */
  public Expr drawn(String last, Shape shape, LongFunction<Initializer> initializer) {
    String name = name(last);
    long own = Hashing.sipHash24(seed, 0).hashString(name, UTF_8).asLong();
    return Expr.variable(name, shape, initializer.apply(own));
  }

  /** A new variable in this scope with fixed first values. */
  public Expr variable(String last, Shape shape, Initializer initializer) {
    return Expr.variable(name(last), shape, initializer);
  }
}
