package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.StateVector;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Reverse differentiation of the inner steps, segment by segment: the steps forward without
 * derivatives, the state {@code z} kept where each segment {@code S} begins; then from the last
 * segment to the first
 *
 * <pre>
 * accumulated &lt;- accumulated + (dS/dtheta)^T u,   u &lt;- (dS/dz)^T u
 * </pre>
 *
 * from {@code u = dF/dz} and {@code accumulated = dF/dtheta} at the solution. Each such pass
 * recomputes its segment from where it begins. The derivative of the starting point is added at the
 * end.
 */
final class CheckpointedEstimate implements CompiledEstimator {
  private final InnerLevel level;
  private final InnerSolve solve;
  private final Checkpoints checkpoints;
  private final Program beginBackward;
  private final ImmutableList<Segment> segments;
  private final Vector hypergradient;

  /**
   * How the steps are differentiated.
   *
   * @param differentiable what differentiation sees of each inner gradient
   * @param differentiated the number of steps, the last ones, that are differentiated
   * @param segment steps that are recomputed together
   */
  record Settings(UnaryOperator<Vector> differentiable, int differentiated, int segment) {

    /** The lengths of the segments in order; the last one may be shorter. */
    List<Integer> lengths() {
      List<Integer> lengths = new ArrayList<>();
      for (int left = differentiated; left > 0; left -= segment) {
        lengths.add(Math.min(segment, left));
      }
      return lengths;
    }
  }

  CheckpointedEstimate(BilevelProblem problem, Engine engine, Settings settings) {
    level = problem.inner();
    String name = problem.name();
    Vector theta = problem.outer().variables().vector();
    Vector gradient = InnerSteps.gradient(level);
    StatefulOptimizer descent = StatefulOptimizer.ofInner(problem);
    Vector z = StateVector.of(descent.state());
    Expr outer = problem.outer().objective().total();

    solve =
        new InnerSolve(
            name,
            level,
            engine,
            descent.startAt(InnerSteps.start(level)),
            descent.along(gradient),
            descent.everything());
    List<Integer> lengths = settings.lengths();
    checkpoints = new Checkpoints(name, descent.everything(), lengths.size(), engine);

    Variables adjoint = Variables.zerosLike(name + "/adjoint", z);
    Variables accumulated = Variables.zerosLike(name + "/accumulated", theta);
    beginBackward =
        engine.compile(
            Step.named(name + "/begin backward")
                .updating(Update.of(adjoint, Derivatives.gradient(outer, z)))
                .updating(Update.of(accumulated, Derivatives.gradient(outer, theta))));
    segments =
        Segment.of(
            new Segment.Backward(
                name,
                descent,
                settings.differentiable().apply(gradient),
                theta,
                adjoint,
                accumulated),
            lengths,
            checkpoints,
            engine);
    hypergradient =
        settings.differentiated() == level.steps()
            ? accumulated.vector().plus(throughStart(theta, adjoint))
            : accumulated.vector();
  }

  private Vector throughStart(Vector theta, Variables adjoint) {
    Vector start = StateVector.of(level.optimizer().start(InnerSteps.start(level)));
    return Derivatives.vjp(start, theta, adjoint.vector());
  }

  @Override
  public ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds) {
    Forward forward = new Forward(innerFeeds);
    solve.begin(feed);
    forward.steps(level.steps() - segments.stream().mapToInt(Segment::length).sum());
    List<ImmutableList<Feed>> fed = new ArrayList<>();
    for (Segment segment : segments) {
      checkpoints.keep();
      fed.add(forward.steps(segment.length()));
    }
    beginBackward.run(feed.limitedTo(beginBackward));
    for (int i = segments.size() - 1; i >= 0; i--) {
      segments.get(i).backward(fed.get(i));
      checkpoints.drop();
    }
    return forward.report;
  }

  /** The inner steps of one solve, as far as they are made. */
  private final class Forward {
    private final Supplier<Feed> feeds;
    private int made;
    private ImmutableMap<String, Double> report = ImmutableMap.of();

    Forward(Supplier<Feed> feeds) {
      this.feeds = feeds;
    }

    /** Makes further steps; returns what they were fed. */
    @CanIgnoreReturnValue
    ImmutableList<Feed> steps(int count) {
      ImmutableList.Builder<Feed> fed = ImmutableList.builder();
      for (int k = 0; k < count; k++) {
        Feed feed = feeds.get();
        ImmutableMap<String, Double> terms = solve.step(made, feed);
        report = made == 0 ? terms : report;
        made++;
        fed.add(feed);
      }
      return fed.build();
    }
  }

  @Override
  public void restore() {
    solve.restore();
  }

  @Override
  public ImmutableList<Stage> stages() {
    ImmutableList.Builder<Stage> stages = ImmutableList.builder();
    stages.addAll(solve.stages()).add(new Stage(Role.OTHER, beginBackward, 1));
    segments.stream()
        .collect(ImmutableMap.toImmutableMap(Segment::program, segment -> 1, Integer::sum))
        .forEach((program, runs) -> stages.add(new Stage(Role.OTHER, program, runs)));
    return stages.build();
  }

  @Override
  public Vector innerSolution() {
    return level.variables().vector();
  }

  @Override
  public Vector hypergradient() {
    return hypergradient;
  }

  @Override
  public String formula() {
    return SymbolicEstimate.THROUGH_STEPS;
  }
}
