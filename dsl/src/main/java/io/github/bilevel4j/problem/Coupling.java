package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Reachability;
import io.github.bilevel4j.expr.Vector;
import java.util.Collection;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Where the variables above a level act on its solution, and the one rule about it: they must act
 * where the estimator differentiates.
 *
 * <p>The rule is applied twice: when a problem is built, to what its objectives contain; and when
 * it is compiled, to the derivatives, since {@code g(phi) + h(theta)} contains both variables and
 * couples nothing.
 */
public final class Coupling {

  /** A way by which a variable acts on an inner solution. */
  public enum Place {
    /** In the inner objective, whose minimum moves. */
    OBJECTIVE("inner gradient"),
    /** In the rule of a step, such as a learned rate or a set that is projected onto. */
    STEP("inner optimizer"),
    /** In the point where the steps start. */
    START("starting point");

    private final String title;

    Place(String title) {
      this.title = title;
    }

    /** What contains the variable. */
    public String title() {
      return title;
    }
  }

  private final InnerLevel level;
  private final ImmutableMap<Place, Vector> functions;

  private Coupling(InnerLevel level, Vector objective) {
    this.level = level;
    Vector phi = level.variables().vector();
    functions =
        ImmutableMap.of(
            Place.OBJECTIVE,
            objective,
            Place.STEP,
            level.optimizer().next(level.optimizer().start(phi), phi).parameters(),
            Place.START,
            level.optimizer().start(level.start().orElse(phi)).parameters());
  }

  /** Of what the objective contains. */
  static Coupling of(InnerLevel level) {
    return new Coupling(level, Vector.of(ImmutableMap.of("objective", level.objective().total())));
  }

  /**
   * Of what the derivatives contain.
   *
   * @param gradient of the inner objective by the inner variables
   */
  public static Coupling of(InnerLevel level, Vector gradient) {
    return new Coupling(level, gradient);
  }

  /** What a variable must occur in to act by each way. */
  public ImmutableMap<Place, Vector> functions() {
    return functions;
  }

  /** Something that varies with all that the solution of a level varies with, by shape phi. */
  static Vector standIn(InnerLevel level) {
    Coupling coupling = of(level);
    Expr total = level.objective().total();
    return coupling
        .functions
        .get(Place.STEP)
        .zip(coupling.functions.get(Place.START), (step, start) -> step.plus(start).plus(total));
  }

  /** Whether an expression varies differentiably with one of some variables. */
  static boolean reaches(Expr expression, Collection<Expr> variables) {
    Reachability reachability = Reachability.of(expression);
    return variables.stream().anyMatch(reachability::reaches);
  }

  /** Whether a vector does. */
  static boolean reaches(Vector vector, Collection<Expr> variables) {
    return vector.components().values().stream().anyMatch(c -> reaches(c, variables));
  }

  /**
   * Requires that the outer variables act on the inner solution where the estimator differentiates.
   *
   * @param reaches whether a function varies with an outer variable
   * @throws UsageError if they do not
   */
  public void require(
      String problem,
      OuterLevel outer,
      HypergradientEstimator estimator,
      Predicate<Vector> reaches) {
    ImmutableSet<Place> acting = acting(reaches);
    if (!Sets.intersection(acting, estimator.differentiation(level).places()).isEmpty()) {
      return;
    }
    UsageError.Message message = UsageError.in("problem \"" + problem + "\"");
    throw (acting.isEmpty()
            ? message.because("the inner solution does not depend on the outer variables")
            : message.because(
                "the outer variables act on the inner solution by the %s alone, which the"
                    + " estimator does not differentiate",
                acting.stream().map(Place::title).collect(Collectors.joining(" and the "))))
        .row("inner variables", level.variables().names().toString())
        .row("outer variables", outer.variables().names().toString())
        .row("hypergradient", estimator.description())
        .maybe(
            "%s",
            acting.isEmpty()
                ? "near(theta, 1 / rate), startingAt(theta) or a product of both is missing."
                : "near(theta, 1 / rate) is missing, or Unrolled.exact() was meant.");
  }

  /**
   * Requires that a lower level, whose steps are all differentiated, depends on something above.
   *
   * @param reaches whether a function varies with a variable above
   * @throws UsageError if it does not
   */
  public void requireLower(String problem, Predicate<Vector> reaches) {
    if (acting(reaches).isEmpty()) {
      throw UsageError.in("problem \"" + problem + "\"")
          .because("a lower level does not depend on the variables of the levels above")
          .row("lower variables", level.variables().names().toString())
          .maybe("it can be solved once, before, or a product or a near(...) is missing.");
    }
  }

  private ImmutableSet<Place> acting(Predicate<Vector> reaches) {
    return functions.entrySet().stream()
        .filter(function -> reaches.test(function.getValue()))
        .map(Map.Entry::getKey)
        .collect(Sets.toImmutableEnumSet());
  }
}
