package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.laws.QuadraticProblem.Data;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Unrolled;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Truncated back-propagation on quadratic problems. The error is {@code C P^K A^-1 dF/dy} with
 * {@code P = I - A / 2}, whose eigenvalues are between -1/2 and 1/2.
 */
class TruncationProperties {
  private static final int MANY = 60;
  private static final int MORE = 6;

  private static final QuadraticProblem PROBLEM = new QuadraticProblem();
  private static final ImmutableList<BilevelSolver> LAST =
      IntStream.of(MORE, 2 * MORE, 3 * MORE, 4 * MORE)
          .mapToObj(steps -> PROBLEM.solver(MANY, Unrolled.last(steps)))
          .collect(ImmutableList.toImmutableList());

  @Property(seed = "311", tries = 20)
  void errorFallsWithTheNumberOfSteps(@ForAll long seed) {
    Data data = Data.draw(Draws.seed(seed));
    Array exact = QuadraticProblem.closedForm(data);
    double before = Rows.largest(exact) + 100;
    for (BilevelSolver solver : LAST) {
      double error = Rows.difference(PROBLEM.hypergradient(solver, data), exact);
      assertThat(error).isLessThan(before / 4);
      before = error;
    }
    assertThat(before).isBetween(1e-16, 1e-4);
  }
}
