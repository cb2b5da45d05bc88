package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.util.HashMap;
import java.util.Map;

/**
 * The derivative of an expression along a direction from its values alone, by the central
 * difference of fourth order {@code (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h}, which is exact for
 * polynomials of degree four.
 */
public final class Difference {
  private final Vector variables;
  private final ImmutableMap<String, Array> direction;
  private final double step;

  private Difference(Vector variables, Vector direction, double step) {
    this.variables = variables;
    this.direction = Interpreter.atStart().evaluate(direction);
    this.step = step;
  }

  /** At the first values of the variables, along a direction, with step {@code h}. */
  public static Difference along(Vector variables, Vector direction, double step) {
    return new Difference(variables, direction, step);
  }

  /** The directional derivative of a function, element by element. */
  public Array of(Expr function) {
    Array[] f = new Array[5];
    for (int k = -2; k <= 2; k++) {
      f[k + 2] = Interpreter.at(moved(k * step)).evaluate(function);
    }
    return Array.fill(
        function.shape(),
        i -> (f[0].at(i) - 8 * f[1].at(i) + 8 * f[3].at(i) - f[4].at(i)) / (12 * step));
  }

  private Map<Expr, Array> moved(double distance) {
    Map<Expr, Array> values = new HashMap<>();
    variables
        .components()
        .forEach(
            (name, variable) -> {
              Array start = ((Leaf.Variable) variable.op()).initializer().values(variable.shape());
              values.put(
                  variable,
                  Array.fill(
                      start.shape(), i -> start.at(i) + distance * direction.get(name).at(i)));
            });
    return values;
  }
}
