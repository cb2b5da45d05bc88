package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.collect.Streams;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Differing;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Problems on several replicas: objectives and updates become the means of those of all replicas.
 * Derivatives by the levels' variables, of any order and in any estimator, are then equal on all.
 *
 * <p>A variable p stands in an objective as p, differentiated as {@code allMean(p)}: all replicas
 * hold the same p, and the adjoint of a mean is the mean of the adjoints.
 */
final class DataParallel {
  private final int replicas;
  private final Substitution shared;
  private final Differing differing = new Differing(leaf -> leaf instanceof Leaf.Input);

  private DataParallel(int replicas, Iterable<Variables> levels) {
    this.replicas = replicas;
    this.shared =
        Substitution.of(
            Streams.stream(levels)
                .flatMap(level -> level.leaves().values().stream())
                .distinct()
                .collect(
                    Collectors.toMap(
                        leaf -> leaf, leaf -> leaf.withGradientOf(leaf.allMean(replicas)))));
  }

  /** A problem that contains no symbolic gradient, on so many replicas. */
  static BilevelProblem of(BilevelProblem problem, int replicas) {
    if (replicas == 1) {
      return problem;
    }
    return problem.map(
        new DataParallel(
                replicas,
                Iterables.concat(
                    List.of(problem.innerVariables(), problem.outerVariables()),
                    Iterables.transform(problem.lower(), InnerLevel::variables)))
            ::mean);
  }

  /** A problem on so many replicas. */
  static SingleLevelProblem of(SingleLevelProblem problem, int replicas) {
    if (replicas == 1) {
      return problem;
    }
    DataParallel parallel = new DataParallel(replicas, List.of(problem.variables()));
    return new SingleLevelProblem(
        problem.name(),
        problem.variables(),
        problem.objective().map(each -> parallel.mean(Derivatives.expand(each))),
        problem.optimizer(),
        problem.updates().stream()
            .map(
                update ->
                    new Update(
                        update.variable(), parallel.mean(Derivatives.expand(update.value()))))
            .collect(ImmutableList.toImmutableList()));
  }

  private Expr mean(Expr value) {
    Expr own = shared.apply(value);
    return differing.test(own) ? own.allMean(replicas) : own;
  }
}
