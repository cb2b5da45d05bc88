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

  /** Roundings of the greatest curvature below which one that is not positive counts as zero. */
  private static final double ROUNDINGS = 16;

  private static final int FEW = 8;

  /** The relative difference of squared residuals that leaves the method's own as it is. */
  private static final double AGREES = 1e-3;

  /** The relative change of a squared residual below which it counts as the same. */
  private static final double SAME = 2e-3;

  private final Context context;
  private final double right;
  private final double start;
  private final LinearSolver method;
  private final List<Double> steps = new ArrayList<>();
  private final List<Double> betas = new ArrayList<>();
  private final List<Double> residuals = new ArrayList<>();
  private final double roundoff;
  private double squared;
  private double truth = Double.NaN;
  private double smallest = Double.POSITIVE_INFINITY;
  private double largest;
  private boolean hasResidual;
  private boolean hasFallenBack;
  private boolean atRest;
  private int singularDirection;
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

  SolveReport(Context context, double right, double start, LinearSolver method, double roundoff) {
    this.context = context;
    this.roundoff = roundoff;
    this.right = right;
    this.start = start;
    this.method = method;
    this.squared = start;
    this.hasResidual = true;
    residuals.add(start);
  }

  /** The number of iterations made. */
  public int iterations() {
    return made;
  }

  /** Whether the residual is below the method's tolerance. */
  public boolean isSolved() {
    return isWithin(method.tolerance());
  }

  /**
   * The residual relative to the right side; where that is zero, to the first residual. It is the
   * true one, {@code b - A x}, once the solve has ended, but of methods that make no product; the
   * method's own, as {@link #claimed}, before, and where the two agree to a thousandth.
   */
  public double residual() {
    return relative(Double.isNaN(truth) ? squared : truth);
  }

  /** The same as the method itself has it, which rounding may have taken away from the true one. */
  public double claimed() {
    return relative(squared);
  }

  private double relative(double squaredResidual) {
    double scale = right == 0 ? start : right;
    return squaredResidual == 0 ? 0 : Math.sqrt(squaredResidual / scale);
  }

  /** The true residual's share of the right side or of the first residual, the greater of them. */
  double share() {
    return shareOf(truth);
  }

  /** The same of the residual that the method claims; infinite if it claims none. */
  double claimedShare() {
    return hasResidual
        ? shareOf(squared)
        : method instanceof DirectSolver ? 0 : Double.POSITIVE_INFINITY;
  }

  private double shareOf(double squaredResidual) {
    double scale = Double.isFinite(start) ? Math.max(right, start) : right;
    return squaredResidual == 0 ? 0 : Math.sqrt(squaredResidual / scale);
  }

  /**
   * Notes the true squared residual.
   *
   * @throws BreakdownException if it is not finite
   */
  void found(double squaredResidual) {
    truth = squaredResidual;
    if (Double.isNaN(truth)) {
      throw notANumber();
    }
    if (hasDiverged(truth)) {
      throw diverged();
    }
    if (hasResidual && Math.abs(truth - squared) <= AGREES * truth) {
      truth = squared;
    }
  }

  /** Whether the method has said that no further iteration would change the solution. */
  boolean isAtRest() {
    return atRest;
  }

  /** Whether iterations make sense; past a singular direction only a direct method goes on. */
  boolean goesOn() {
    return singularDirection == 0 || method instanceof DirectSolver;
  }

  /**
   * Whether the last third of the iterations has not brought the residual below all before, or the
   * method does not tell. Nystrom's approximation is of a system that its own damping makes
   * regular, and large residuals are its nature.
   */
  boolean mayHaveStalled() {
    return !(method instanceof Nystrom) && !isFalling();
  }

  private boolean isFalling() {
    int last = residuals.size() - 1;
    double before = Double.POSITIVE_INFINITY;
    for (int k = 0; k <= last - window(); k++) {
      before = Math.min(before, residuals.get(k));
    }
    return hasResidual && residuals.get(last) < (1 - SAME) * before;
  }

  /**
   * Whether the residual has been the same in the last third of the iterations, which are too few
   * to tell below eight; true if the method does not tell it.
   */
  boolean isFlat() {
    int last = residuals.size() - 1;
    return !hasResidual
        || (last >= FEW
            && residuals.subList(last - window(), last + 1).stream()
                .allMatch(r -> Math.abs(r - residuals.get(last)) <= SAME * residuals.get(last)));
  }

  private int window() {
    return Math.min(residuals.size() - 1, Math.max(2, residuals.size() / 3));
  }

  /**
   * Refuses an operator that was found to be singular.
   *
   * @throws BreakdownException naming the direction
   */
  void requireRegular() {
    if (singularDirection > 0) {
      throw singular();
    }
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
    if (isSingular(iteration) && singularDirection == 0) {
      singularDirection = made + 1;
    }
    smallest = Math.min(smallest, curvature);
    largest = Math.max(largest, Double.isInfinite(curvature) ? 0 : curvature);
    hasResidual = iteration.containsKey(Iterate.SQUARED_RESIDUAL);
    truth = Double.NaN;
    if (hasResidual) {
      squared = iteration.get(Iterate.SQUARED_RESIDUAL);
      residuals.add(squared);
    }
    atRest = iteration.getOrDefault(Iterate.AT_REST, 0.0) > 0;
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
    return Double.isNaN(curvature)
        || (curvature < -ROUNDINGS * roundoff * largest && method.needsPositiveCurvature());
  }

  private boolean isSingular(Map<String, Double> iteration) {
    return iteration.getOrDefault(Iterate.SINGULAR, 0.0) > 0
        || (curvature(iteration) <= 0 && method.needsPositiveCurvature());
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
    if (hasResidual || !Double.isNaN(truth)) {
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
            .because(
                "the %s is singular along direction %d",
                context.operator().title, singularDirection);
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

  /** For a solve whose residual is large and would stay so. */
  BreakdownException stalled(boolean single) {
    return failed(
        String.format(
            Locale.ROOT,
            "the residual is %.3g times the right side and falls no further",
            residual()),
        "the operator is singular or nearly so: damping, or a greater weight in near(...), "
            + (single ? "or Precision.FLOAT64, " : "")
            + "would help.");
  }

  private BreakdownException diverged() {
    if (Double.isNaN(residual())) {
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
