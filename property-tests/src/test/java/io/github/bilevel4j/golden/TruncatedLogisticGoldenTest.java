package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.Iterate;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.LinearSystem;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.linear.NormalEquations;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Hypergradients of logistic regression truncated after K terms, iterations or steps, as other
 * programs compute them. What Betty computes for a {@code cg_alpha} other than one is not that of
 * any system, and is left out.
 */
class TruncatedLogisticGoldenTest implements GoldenKind {

  /**
   * So many iterations on the normal equations have lost their orthogonality, by the square of the
   * condition number: programs that are both right differ then in the second digit. Only an error
   * greater than the file's counts.
   */
  private static final int ROUNDING = 20;

  @Override
  public String file() {
    return "bilevel/truncated_logistic";
  }

  @Override
  public ImmutableMap<String, String> notCompared() {
    return ImmutableMap.<String, String>builder()
        .putAll(NOTES)
        .put("K/\\d+/betty_cg_alpha0.1/hypergradient", "that of no linear system")
        .put(
            "K/20/hypertorch_CG_normaleq/hypergradient",
            "orthogonality is lost, the error is compared")
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> notUsed() {
    return ImmutableMap.of("tol", "where other programs stop; here all K terms are computed");
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    for (String truncation : golden.expectedBelow("K")) {
      Truncated truncated =
          new Truncated(golden, Integer.parseInt(truncation), engine.precision(), computed);
      truncated.putSeries();
      truncated.putKrylov();
      truncated.putReverse();
      if (engine.precision() == Precision.FLOAT64) {
        truncated.putNormalEquations();
      }
    }
    new Truncated(golden, 0, engine.precision(), computed).putExact();
    for (String truncation : golden.expectedBelow("formula_CG_warm_start")) {
      new Truncated(golden, Integer.parseInt(truncation), engine.precision(), computed).putWarm();
    }
  }

  /** A method with a given guess. */
  private record StartingAt(Expr guess, LinearSolver method) implements LinearSolver {
    private LinearSystem guessed(LinearSystem system) {
      Vector start = system.right().unflattened(guess);
      return new LinearSystem(
          system.operator(), system.right(), Optional.of(start), system.preconditioner());
    }

    @Override
    public Iterate start(LinearSystem system) {
      return method.start(guessed(system));
    }

    @Override
    public Iterate next(LinearSystem system, Iterate now) {
      return method.next(system, now);
    }

    @Override
    public int iterationsFor(long dimension) {
      return method.iterationsFor(dimension);
    }

    @Override
    public boolean needsSymmetry() {
      return method.needsSymmetry();
    }

    @Override
    public String description() {
      return method.description() + ", from a given start";
    }
  }

  /** One number K of terms, iterations or steps. */
  private record Truncated(GoldenCase golden, int k, Precision precision, Computed computed) {

    private Measure series() {
      return Measure.whole()
          .within(
              precision == Precision.FLOAT64
                  ? "fixed_point_float64_rel"
                  : "fixed_point_float32_rel");
    }

    private Measure krylov() {
      return Measure.whole()
          .within(
              (precision == Precision.FLOAT64 ? "CG_float64" : "CG_float32") + "_rel_by_K/" + k);
    }

    private LinearSolver neumann(int terms) {
      return NeumannSeries.terms(terms).stepSize(golden.number("alpha"));
    }

    private Sgd descent() {
      return Sgd.rate(golden.number("alpha"));
    }

    /** A solver on an engine of its own, with the inner variables at the golden solution. */
    private void on(BiConsumer<Logistic, Engine> use) {
      try (Engine own = Evaluation.open(precision)) {
        Logistic logistic = Logistic.of(golden);
        own.write(logistic.w(), Array.vector(golden.numbers("w_star")));
        use.accept(logistic, own);
      }
    }

    private void putImplicit(
        LinearSolver method, String column, Measure measure, List<String> others) {
      on(
          (logistic, own) -> {
            BilevelSolver solver = logistic.here(Implicit.by(method), own);
            ImmutableMap<String, Array> all = solver.hypergradient(Feed.none());
            Array hypergradient = Logistic.hypergradient(all);
            computed
                .put(column + "/hypergradient", hypergradient, measure)
                .put(column + "/adjoint", Perturbation.adjoint(all), measure);
            others.forEach(other -> putWithError(other, hypergradient, measure));
            if (golden.expected().containsKey(column + "/relative_residual")) {
              computed.put(
                  column + "/relative_residual",
                  Array.scalar(logistic.residual(solver, own)),
                  Measure.onScale(1).within(measure.tolerance()));
            }
          });
    }

    /** The error against the exact hypergradient is compared as the number it is. */
    private void putWithError(String column, Array hypergradient, Measure measure) {
      Array exact = golden.expected().get("exact_hypergradient");
      computed
          .put(column + "/hypergradient", hypergradient, measure)
          .put(
              column + "/rel_err_vs_exact",
              Array.scalar(Logistic.distance(hypergradient, exact)),
              Measure.onScale(1).within(measure.tolerance()));
    }

    private String path(String column) {
      return "K/" + k + "/" + column;
    }

    /** K terms, by the inner optimizer's fixed point and by the Hessian; K + 1 elsewhere. */
    void putSeries() {
      on(
          (logistic, own) ->
              putWithError(
                  path("hypertorch_fixed_point"),
                  Logistic.hypergradient(
                      logistic
                          .from(1, descent(), FixedPoint.terms(k), own)
                          .hypergradient(Feed.none())),
                  series()));
      putImplicit(
          neumann(k),
          path("formula_fixed_point"),
          series(),
          List.of(path("hypertorch_fixed_point")));
      putImplicit(
          neumann(k + 1), path("betty_neumann"), series(), List.of(path("hypertorch_neumann")));
    }

    void putKrylov() {
      putImplicit(
          ConjugateGradient.steps(k).tolerance(0),
          path("formula_CG"),
          krylov(),
          List.of(path("hypertorch_CG"), path("betty_cg_alpha1")));
    }

    /** The file has no tolerance for them in float32. */
    void putNormalEquations() {
      String column = path("hypertorch_CG_normaleq");
      LinearSolver method = NormalEquations.steps(k).tolerance(0);
      if (k < ROUNDING) {
        putImplicit(method, column, krylov(), List.of(column));
        return;
      }
      on(
          (logistic, own) -> {
            ImmutableMap<String, Array> all =
                logistic.here(Implicit.by(method), own).hypergradient(Feed.none());
            double error =
                Logistic.distance(
                    Logistic.hypergradient(all), golden.expected().get("exact_hypergradient"));
            String path = column + "/rel_err_vs_exact";
            double other = golden.expected().get(path).scalarValue();
            computed.put(
                path,
                Array.scalar(Math.max(error, other)),
                Measure.onScale(1).within(krylov().tolerance()));
          });
    }

    void putExact() {
      on(
          (logistic, own) -> {
            ImmutableMap<String, Array> all =
                logistic.here(Implicit.by(DirectSolver.cholesky()), own).hypergradient(Feed.none());
            Spectrum spectrum =
                Spectrum.of(logistic.inner().total(), Variables.of(logistic.w()), own);
            computed
                .put("exact_hypergradient", Logistic.hypergradient(all), series())
                .put("exact_adjoint", Perturbation.adjoint(all), series())
                .put("hessian_cond", Array.scalar(spectrum.condition()), series());
          });
    }

    void putReverse() {
      on(
          (logistic, own) ->
              putWithError(
                  path("truncated_reverse_at_solution"),
                  Logistic.hypergradient(
                      logistic
                          .from(k, descent(), Unrolled.exact(), own)
                          .hypergradient(Feed.none())),
                  series()));
      on(
          (logistic, own) -> {
            own.write(logistic.w(), Array.fill(logistic.w().shape(), i -> 0));
            String column = path("hypertorch_reverse_K_steps_from_zero");
            BilevelSolver solver = logistic.from(k, descent(), Unrolled.exact(), own);
            putWithError(
                column, Logistic.hypergradient(solver.hypergradient(Feed.none())), series());
            computed.put(column + "/w_K", own.read(logistic.w()), series());
          });
    }

    void putWarm() {
      Expr guess = Expr.constant(Array.vector(golden.numbers("warm_start")));
      putImplicit(
          new StartingAt(guess, ConjugateGradient.steps(k).tolerance(0)),
          "formula_CG_warm_start/" + k,
          krylov(),
          List.of());
    }
  }
}
