package io.github.bilevel4j.solver.linear;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** How a linear solve went, iteration by iteration; stops it where it cannot go on. */
public final class SolveReport {
  /** The residual of a method that does not tell it before the first iteration: never small. */
  static final Expr UNKNOWN = Expr.constant(Double.POSITIVE_INFINITY);

  private static final double DIVERGED = 1e8;

  private final Context context;
  private final double right;
  private final double start;
  private final LinearSolver method;
  private final List<Double> steps = new ArrayList<>();
  private final List<Double> betas = new ArrayList<>();
  private double squared;
  private double smallest = Double.POSITIVE_INFINITY;
  private boolean hasResidual;
  private boolean hasFallenBack;
  private int made;

  /**
   * What a message names.
   *
   * @param problem its name
   * @param operator what the undamped operator is
   * @param damping that the system contains
   */
  public record Context(String problem, Operator operator, double damping) {}

  /** The operators of adjoints. */
  public enum Operator {
    /** {@code H}. */
    HESSIAN("inner Hessian"),
    /** {@code I - P_z}, or its transposed. */
    FIXED_POINT("fixed point's operator I - dP/dz");

    private final String title;

    Operator(String title) {
      this.title = title;
    }
  }

  SolveReport(Context context, double right, double start, LinearSolver method) {
    this.context = context;
    this.right = right;
    this.start = start;
    this.method = method;
    this.squared = start;
    this.hasResidual = true;
  }

  /** The number of iterations made. */
  public int iterations() {
    return made;
  }

  /** Whether the residual is below the method's tolerance. */
  public boolean isSolved() {
    return isWithin(method.tolerance());
  }

  /** The residual relative to the right side; where that is zero, to the first residual. */
  public double residual() {
    double scale = right == 0 ? start : right;
    return squared == 0 ? 0 : Math.sqrt(squared / scale);
  }

  /** Whether the residual is known and below a bound relative to the right side. */
  public boolean isWithin(double bound) {
    return hasResidual && squared <= right * bound * bound;
  }

  /** Whether the method tells its residual. */
  public boolean hasResidual() {
    return hasResidual;
  }

  /**
   * Notes what one iteration measured.
   *
   * @throws BreakdownException if the method cannot go on
   */
  void add(Map<String, Double> iteration) {
    double curvature = curvature(iteration);
    if (isBad(curvature)) {
      throw notPositive(curvature);
    }
    if (isSingular(iteration)) {
      throw singular();
    }
    smallest = Math.min(smallest, curvature);
    hasResidual = iteration.containsKey(Iterate.SQUARED_RESIDUAL);
    if (hasResidual) {
      squared = iteration.get(Iterate.SQUARED_RESIDUAL);
    }
    hasFallenBack |= iteration.getOrDefault(Iterate.FALLBACK, 0.0) > 0;
    if (iteration.containsKey(ConjugateGradient.ALPHA)) {
      steps.add(iteration.get(ConjugateGradient.ALPHA));
      betas.add(iteration.get(ConjugateGradient.BETA));
    }
    made++;
    if (hasResidual && hasDiverged(squared)) {
      throw diverged();
    }
  }

  private boolean hasDiverged(double squaredResidual) {
    return !(squaredResidual <= DIVERGED * DIVERGED * Math.max(right, start));
  }

  /** Notes one iteration unless it has lost its meaning; says whether it has not. */
  boolean addIfSound(Map<String, Double> iteration) {
    double residual = iteration.getOrDefault(Iterate.SQUARED_RESIDUAL, squared);
    boolean sound =
        !isBad(curvature(iteration)) && !isSingular(iteration) && !hasDiverged(residual);
    if (sound) {
      add(iteration);
    }
    return sound;
  }

  private boolean isBad(double curvature) {
    return Double.isNaN(curvature) || (curvature <= 0 && method.needsPositiveCurvature());
  }

  private static boolean isSingular(Map<String, Double> iteration) {
    return iteration.getOrDefault(Iterate.SINGULAR, 0.0) > 0;
  }

  private static double curvature(Map<String, Double> iteration) {
    return iteration.getOrDefault(Iterate.CURVATURE, Double.POSITIVE_INFINITY);
  }

  /** Estimates of the extreme eigenvalues of the operator, as far as the method gives them. */
  Ritz ritz() {
    return Ritz.of(steps, betas);
  }

  /** An estimate of the smallest eigenvalue, if the method gives it. */
  public OptionalDouble smallestEigenvalue() {
    return ritz().smallest();
  }

  /** An estimate of the largest eigenvalue, if the method gives it. */
  public OptionalDouble largestEigenvalue() {
    return ritz().largest();
  }

  /** What a step reports. */
  public ImmutableMap<String, Double> measurements() {
    ImmutableMap.Builder<String, Double> report =
        ImmutableMap.<String, Double>builder().put("iterations", (double) made);
    if (hasResidual) {
      report.put("residual", residual());
    }
    if (smallest < Double.POSITIVE_INFINITY) {
      report.put("smallest curvature", smallest);
    }
    if (hasFallenBack) {
      report.put(Iterate.FALLBACK, 1.0);
    }
    Ritz ritz = ritz();
    ritz.largest().ifPresent(largest -> report.put("largest eigenvalue", largest));
    ritz.condition().ifPresent(condition -> report.put("condition number", condition));
    return report.buildOrThrow();
  }

  /** The smallest {@code p.Ap / p.p} of all directions, if the method gives it. */
  public OptionalDouble smallestCurvature() {
    return smallest < Double.POSITIVE_INFINITY
        ? OptionalDouble.of(smallest)
        : OptionalDouble.empty();
  }

  /** The method's name, without its settings. */
  private String name() {
    return Splitter.on(", ").split(method.description()).iterator().next();
  }

  /** Tells of the undamped Hessian's curvature, and of a damping that would outweigh it. */
  private BreakdownException notPositive(double damped) {
    double curvature = damped - context.damping();
    if (Double.isNaN(curvature)) {
      return notANumber();
    }
    if (damped == 0) {
      return singular();
    }
    return broken(
        UsageError.in(name() + " for \"" + context.problem() + "\"")
            .because("the inner Hessian has curvature %.3g along direction %d", curvature, made + 1)
            .value("damping", context.damping())
            .maybe(
                "damping above %.2g, a greater weight in near(...), more inner steps, or %s would"
                    + " help.",
                Math.abs(curvature), method.indefiniteAlternative()),
        curvature);
  }

  private BreakdownException singular() {
    boolean ofHessian = context.operator() == Operator.HESSIAN;
    UsageError.Message mistake =
        UsageError.in(name() + " for \"" + context.problem() + "\"")
            .because("the %s is singular along direction %d", context.operator().title, made + 1);
    return ofHessian
        ? broken(
            mistake
                .value("damping", context.damping())
                .maybe("damping, or a greater weight in near(...), would help."),
            0)
        : broken(
            mistake.maybe("a greater weight in near(...), or FixedPoint.terms(...), would help."),
            Double.NaN);
  }

  /** Gradient and right side are finite where a solve begins: only a product can spoil it. */
  private BreakdownException notANumber() {
    return failed(
        "a product with the operator is not finite",
        "a second derivative is not finite at the inner solution, like that of a square root or of"
            + " a norm at zero: guardedSqrt() or adding a small number helps.");
  }

  private BreakdownException diverged() {
    if (Double.isNaN(squared)) {
      return notANumber();
    }
    return failed(
        String.format(Locale.ROOT, "the residual is %.3g times the right side", residual()),
        method.adviceWhenDiverged());
  }

  private BreakdownException failed(String because, String advice) {
    return broken(
        UsageError.in("linear solve for \"" + context.problem() + "\"")
            .because("%s", because)
            .row("method", method.description())
            .value("after iterations", made)
            .maybe("%s", advice),
        Double.NaN);
  }

  private BreakdownException broken(UsageError told, double curvature) {
    return new BreakdownException(told.getMessage(), made, curvature);
  }
}
