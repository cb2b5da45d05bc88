package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.List;

/**
 * Makes the same steps as {@link SingleLevelSolver} and {@link BilevelSolver}, but of a batch that
 * comes in m micro-batches of equal size: everything that is linear in the objectives, from the
 * inner gradients to the products with second derivatives, is accumulated over the micro-batches.
 * The device holds one of them at a time, and nothing of it is kept.
 *
 * <p>The result is that of the whole batch, up to rounding, if each objective is the mean over its
 * batch of a function of the single sample, plus what depends on no sample. A contrastive loss or
 * batch normalization, in which samples see each other, is computed within each micro-batch. A
 * problem's own updates are averaged if they are computed from the batch, and made once if not.
 *
 * <p>In time, every product goes through all micro-batches from the primal pass on; with one
 * micro-batch the other solvers are faster.
 */
public interface AccumulatingSolver {

  /** Compiles a problem whose inputs have the size of a micro-batch. */
  static AccumulatingSolver of(SingleLevelProblem problem, Engine engine) {
    return new AccumulatingDescent(problem, engine);
  }

  /**
   * Compiles a problem whose inputs have the size of a micro-batch.
   *
   * @throws IllegalArgumentException if the estimator is neither {@link Implicit} nor {@link
   *     FixedPoint}, or it is to estimate its error
   */
  static AccumulatingSolver of(BilevelProblem problem, Engine engine) {
    return new AccumulatingBilevel(problem, engine);
  }

  /**
   * One step on the batch made of these micro-batches, all of which are used in each inner step.
   *
   * @return the measurements of the whole batch
   * @throws IllegalArgumentException if there is no micro-batch, or one lacks an input or has one
   *     that nothing uses
   * @throws NotFiniteException if a term is not finite; all variables keep their values
   * @throws IllegalStateException if the linear solver breaks down; all variables keep their values
   */
  ImmutableMap<String, Double> step(List<Feed> microBatches);
}
