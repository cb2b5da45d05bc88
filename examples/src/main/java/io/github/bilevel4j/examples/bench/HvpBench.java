package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Map;

/**
 * Shows that the part of a Hessian-vector product that does not depend on the direction is computed
 * once for a hypergradient: each further conjugate-gradient iteration costs less than a whole
 * product. The products are of the inner objective, at the layers after the early stage.
 */
public final class HvpBench {
  private static final int FEW = 1;
  private static final int MANY = 11;

  private HvpBench() {}

  /**
   * The times in seconds.
   *
   * @param gradient of one gradient of the inner objective
   * @param product of one whole Hessian-vector product, compiled by itself
   * @param few of a hypergradient with one iteration
   * @param many of a hypergradient with eleven iterations
   */
  public record Times(Timing gradient, Timing product, Timing few, Timing many) {

    /** The time of one more iteration. */
    public double perIteration() {
      return (many.median() - few.median()) / (MANY - FEW);
    }
  }

  /** Times everything on an engine. */
  public static Times run(Workload workload, int runs, Engine engine) {
    Program gradient = engine.compile(gradient(workload.bilevel(implicit(FEW))));
    Program product = engine.compile(product(workload.bilevel(implicit(FEW))));
    BilevelSolver few = BilevelSolver.of(workload.bilevel(implicit(FEW)), engine);
    BilevelSolver many = BilevelSolver.of(workload.bilevel(implicit(MANY)), engine);
    ImmutableMap<String, Timing> times =
        Timing.byTurns(
            runs,
            ImmutableMap.of(
                "gradient",
                gradient::run,
                "product",
                product::run,
                "few",
                () -> few.step(Feed.none()),
                "many",
                () -> many.step(Feed.none())));
    return new Times(
        times.get("gradient"), times.get("product"), times.get("few"), times.get("many"));
  }

  /** The times as a table. */
  public static Table table(Times times) {
    double product = times.product().median();
    Table table = Table.of("", "median s", "in whole products");
    for (Map.Entry<String, Double> row : rows(times).entrySet()) {
      table =
          table.formatted("%s|%.4f|%.2f", row.getKey(), row.getValue(), row.getValue() / product);
    }
    return table;
  }

  private static ImmutableMap<String, Double> rows(Times times) {
    return ImmutableMap.of(
        "one gradient",
        times.gradient().median(),
        "one whole Hessian-vector product",
        times.product().median(),
        "hypergradient with " + FEW + " CG iteration",
        times.few().median(),
        "hypergradient with " + MANY + " CG iterations",
        times.many().median(),
        "one further CG iteration",
        times.perIteration());
  }

  private static Implicit implicit(int iterations) {
    return Implicit.by(ConjugateGradient.steps(iterations).tolerance(0));
  }

  private static Step gradient(BilevelProblem problem) {
    Vector phi = problem.innerVariables().vector();
    return keeping("gradient", Derivatives.gradient(problem.inner().objective().total(), phi));
  }

  private static Step product(BilevelProblem problem) {
    Expr objective = problem.inner().objective().total();
    Vector phi = problem.innerVariables().vector();
    Vector direction = problem.innerVariables().copy("direction").vector();
    return keeping("product", Derivatives.hvp(objective, phi, direction));
  }

  /** A step whose result stays on the device, as in a solver. */
  private static Step keeping(String name, Vector result) {
    return Step.named(name).updating(Update.of(Variables.zerosLike(name, result), result));
  }
}
