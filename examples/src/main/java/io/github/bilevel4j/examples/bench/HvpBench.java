package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
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
import java.util.Locale;
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

  /** Times everything on an engine, and tells it as a table and a sentence. */
  public static String run(Workload workload, int runs, Engine engine) {
    BilevelSolver few = BilevelSolver.of(workload.bilevel(implicit(FEW)), engine);
    BilevelSolver many = BilevelSolver.of(workload.bilevel(implicit(MANY)), engine);
    ImmutableMap<String, Timing> times =
        Timing.byTurns(
            runs,
            ImmutableMap.of(
                "one gradient",
                engine.compile(gradient(workload.bilevel(implicit(FEW))))::run,
                "one whole Hessian-vector product",
                engine.compile(product(workload.bilevel(implicit(FEW))))::run,
                "hypergradient with " + FEW + " CG iteration",
                () -> few.step(Feed.none()),
                "hypergradient with " + MANY + " CG iterations",
                () -> many.step(Feed.none())));
    ImmutableList<Timing> inOrder = times.values().asList();
    double product = inOrder.get(1).median();
    double further = (inOrder.get(3).median() - inOrder.get(2).median()) / (MANY - FEW);
    Table table = Table.of("", "median s", "in whole products");
    for (Map.Entry<String, Timing> row : times.entrySet()) {
      table = row(table, row.getKey(), row.getValue().median(), product);
    }
    return String.format(
        Locale.ROOT,
        "%s%n%nA further iteration takes %.0f %% of a whole Hessian-vector product.",
        row(table, "one further CG iteration", further, product),
        100 * further / product);
  }

  private static Table row(Table table, String name, double seconds, double product) {
    return table.formatted("%s|%.4f|%.2f", name, seconds, seconds / product);
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
