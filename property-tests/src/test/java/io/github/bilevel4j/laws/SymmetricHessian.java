package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** {@code <u, H v> = <v, H u>}: second derivatives commute. */
public interface SymmetricHessian extends EmbeddingLoss {

  /** The Hessian of all views together is symmetric. */
  @Property(seed = "9", tries = 20)
  default void hasASymmetricHessian(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, false);
    List<Array> arguments = new ArrayList<>(views);
    arguments.addAll(draw(draws, false));
    arguments.addAll(draw(draws, false));
    HostFunction products =
        compiled("Hessian", Precision.FLOAT64, arguments, this::hessianProducts);
    ImmutableMap<String, Array> results = products.at(arguments);
    assertClose(results.get("uHv").scalarValue(), results.get("vHu").scalarValue());
  }

  private Map<String, Expr> hessianProducts(List<Expr> arguments) {
    Vector z = vector(arguments.subList(0, views()));
    Vector u = vector(arguments.subList(views(), 2 * views()));
    Vector v = vector(arguments.subList(2 * views(), 3 * views()));
    Expr loss = of(arguments.subList(0, views()));
    return Map.of(
        "uHv", Derivatives.hvp(loss, z, v).dot(u),
        "vHu", Derivatives.hvp(loss, z, u).dot(v));
  }

  private static Vector vector(List<Expr> components) {
    ImmutableMap.Builder<String, Expr> named = ImmutableMap.builder();
    for (int i = 0; i < components.size(); i++) {
      named.put("z" + i, components.get(i));
    }
    return Vector.of(named.buildOrThrow());
  }
}
