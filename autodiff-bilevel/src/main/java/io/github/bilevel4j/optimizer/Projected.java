package io.github.bilevel4j.optimizer;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * An optimizer after each of whose steps the parameters are projected onto a closed convex set: the
 * projected gradient method (Goldstein, 1964; Levitin and Polyak, 1966). What the optimizer
 * remembers is not projected, nor is the starting point.
 *
 * <p>Several sets are several projections, each of its own components:
 *
 * <pre>{@code
 * Projected.onto(Box.atLeast(0), Projected.onto(Simplex.total(1), Sgd.rate(0.1)).only("mix")).only("scale")
 * }</pre>
 *
 * @param components the names of the components that are projected; all if absent
 */
public record Projected(
    Optimizer optimizer, Constraint constraint, Optional<ImmutableSet<String>> components)
    implements Optimizer {

  /** With all components projected, each by itself. */
  public static Projected onto(Constraint constraint, Optimizer optimizer) {
    return new Projected(optimizer, constraint, Optional.empty());
  }

  /**
   * With the named components projected and the others free.
   *
   * @throws UsageError if no component is named
   */
  public Projected only(String... names) {
    if (names.length == 0) {
      throw UsageError.in("projected")
          .because("no component is to be projected onto %s", constraint.description())
          .maybe("the optimizer by itself was meant, or only(\"weights\").");
    }
    return new Projected(optimizer, constraint, Optional.of(ImmutableSet.copyOf(names)));
  }

  /**
   * {@inheritDoc}
   *
   * @throws UsageError if a component to be projected does not exist, or the constraint does not
   *     fit its shape
   */
  @Override
  public State start(Vector parameters) {
    projected(parameters);
    return optimizer.start(parameters);
  }

  @Override
  public State next(State state, Vector gradient) {
    State free = optimizer.next(state, gradient);
    return free.withParameters(projected(free.parameters()));
  }

  private Vector projected(Vector parameters) {
    ImmutableSet<String> names = components.orElse(parameters.components().keySet());
    Map<String, Expr> result = new LinkedHashMap<>(parameters.components());
    names.forEach(name -> result.put(name, constraint.project(parameters.get(name))));
    return Vector.of(result);
  }

  @Override
  public ImmutableMap<String, Expr> rates(Expr count) {
    return optimizer.rates(count);
  }

  @Override
  public boolean isStationaryAtFixedPoint() {
    return false;
  }

  @Override
  public String description() {
    return optimizer.description()
        + ", "
        + components.map(names -> String.join(", ", names) + " ").orElse("")
        + "projected onto "
        + constraint.description();
  }
}
