package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.ForwardMode;
import io.github.bilevel4j.solver.estimator.Unrolled;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Derivatives through the inner steps, each computed in several ways, with optimizers that have a
 * memory, a schedule or a learned rate, from a starting point that is differentiated and from where
 * the inner variables are.
 */
class UnrolledProperties {
  private static final int SIZE = 3;
  private static final int STEPS = 5;

  private static final Expr THETA = Expr.variable("theta", Draws.seed(1).normal(SIZE));
  private static final Expr LOG_RATE = Expr.variable("log rate", Array.scalar(-3));
  private static final Variables OUTER = Variables.of(THETA, LOG_RATE);
  private static final Expr DATA = Expr.input("data", 4, SIZE);

  private static final ImmutableList<Variant> VARIANTS =
      ImmutableList.of(
          new Variant("heavy ball", true, Sgd.rate(step -> LOG_RATE.exp()).momentum(0.8)),
          new Variant("Nesterov", false, Sgd.rate(0.03).momentum(0.7).nesterov(true)),
          new Variant("Adam", true, Adam.rate(0.05)),
          new Variant(
              "AdamW",
              false,
              Adam.rate(step -> Schedule.linear(1, 0.1, STEPS).at(step).times(LOG_RATE.exp()))
                  .decoupledWeightDecay(0.1)));

  /** A solver on an engine of its own. */
  private record Compiled(BilevelSolver solver, Engine engine) {}

  /** A way to solve the inner problem, with solvers for it that are compiled once. */
  private static final class Variant {
    private final String name;
    private final boolean startsAtTheta;
    private final Optimizer optimizer;
    private final Variables phi = Variables.of(THETA).copy("phi");
    private final Map<HypergradientEstimator, Compiled> compiled = new HashMap<>();

    Variant(String name, boolean startsAtTheta, Optimizer optimizer) {
      this.name = name;
      this.startsAtTheta = startsAtTheta;
      this.optimizer = optimizer;
    }

    private Compiled compiled(HypergradientEstimator estimator) {
      return compiled.computeIfAbsent(
          estimator,
          e -> {
            Engine engine = Evaluation.open(Precision.FLOAT64);
            return new Compiled(BilevelSolver.of(problem(e), engine), engine);
          });
    }

    private BilevelProblem problem(HypergradientEstimator estimator) {
      Bilevel.NeedsInnerSolver inner = Bilevel.problem("steps").inner(phi).minimize(inner());
      return (startsAtTheta ? inner.startingAt(Variables.of(THETA)) : inner)
          .solvedBy(STEPS, optimizer)
          .outer(OUTER)
          .minimize(Objective.of("outer", outer()))
          .steppedBy(Sgd.rate(1))
          .differentiatedBy(estimator);
    }

    private Expr phi() {
      return phi.get("theta");
    }

    private Objective inner() {
      Expr fit = DATA.matmul(phi().unsqueezed(-1)).tanh().minus(0.5).squared().sum();
      return Objective.of("fit", fit).plus("penalty", THETA.exp().dot(phi().squared()));
    }

    private Expr outer() {
      return phi()
          .minus(1)
          .squared()
          .sum()
          .plus(phi().dot(THETA.tanh()))
          .plus(phi().sum().times(LOG_RATE.exp()));
    }

    /** Puts all variables at a point. */
    private void start(Engine engine, Draws draws) {
      engine.write(
          Map.of(THETA, draws.normal(SIZE), LOG_RATE, Array.scalar(-3), phi(), draws.normal(SIZE)));
    }

    /** The hypergradient at a point with the same data for all steps. */
    List<Array> hypergradient(HypergradientEstimator estimator, long seed) {
      Compiled at = compiled(estimator);
      Draws draws = Draws.seed(seed);
      start(at.engine(), draws);
      Feed feed = Feed.of(DATA, draws.uniform(-1, 1, 4, SIZE));
      return ImmutableList.copyOf(at.solver().hypergradient(feed).values());
    }

    /**
     * The hypergradient at a point with other data for each step, read off the outer step: it is
     * plain gradient descent with rate one.
     */
    List<Array> streamedHypergradient(HypergradientEstimator estimator, long seed) {
      Engine engine = compiled(estimator).engine();
      start(engine, Draws.seed(seed));
      ImmutableMap<String, Array> before = engine.read(OUTER);
      outerAfterStreamedStep(estimator, seed);
      return engine.read(OUTER).entrySet().stream()
          .map(after -> difference(before.get(after.getKey()), after.getValue()))
          .toList();
    }

    private static Array difference(Array left, Array right) {
      return Array.fill(left.shape(), i -> left.at(i) - right.at(i));
    }

    /** The outer objective at the inner solution. */
    private double outerAfterStreamedStep(HypergradientEstimator estimator, long seed) {
      Draws draws = Draws.seed(seed + 1);
      Iterator<Feed> feeds =
          IntStream.range(0, STEPS)
              .mapToObj(t -> Feed.of(DATA, draws.uniform(-1, 1, 4, SIZE)))
              .toList()
              .iterator();
      return compiled(estimator).solver().step(Feed.none(), feeds::next).get("outer/outer");
    }

    /** The central difference of the outer objective in one coordinate of theta. */
    double streamedDifference(HypergradientEstimator estimator, long seed, int coordinate) {
      Engine engine = compiled(estimator).engine();
      double h = 1e-5;
      double[] values = new double[2];
      for (int side = 0; side < 2; side++) {
        start(engine, Draws.seed(seed));
        Array theta = engine.read(THETA);
        double shift = side == 0 ? h : -h;
        engine.write(
            THETA, Array.fill(theta.shape(), i -> theta.at(i) + (i == coordinate ? shift : 0)));
        values[side] = outerAfterStreamedStep(estimator, seed);
      }
      return (values[0] - values[1]) / (2 * h);
    }

    /** The derivative by the outer variables alone, where the last hypergradient was taken. */
    List<Array> direct(HypergradientEstimator estimator) {
      return ImmutableList.copyOf(
          Evaluation.on(compiled(estimator).engine(), outer().gradient(OUTER).components())
              .values());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static void assertSame(
      HypergradientEstimator estimator, HypergradientEstimator expected, long seed) {
    for (Variant variant : VARIANTS) {
      assertClose(variant.hypergradient(estimator, seed), variant.hypergradient(expected, seed));
    }
  }

  /** Segments of one step, of two with a rest of one, and one segment longer than all steps. */
  @Property(seed = "301", tries = 3)
  void recomputedSegmentsGiveTheExactDerivative(@ForAll long seed) {
    assertSame(Unrolled.exact().checkpointed(1), Unrolled.exact(), seed);
    assertSame(Unrolled.exact().checkpointed(2), Unrolled.exact(), seed);
    assertSame(Unrolled.exact().checkpointed(STEPS + 2), Unrolled.exact(), seed);
  }

  @Property(seed = "302", tries = 3)
  void forwardModeGivesTheExactDerivative(@ForAll long seed) {
    assertSame(ForwardMode.exact(), Unrolled.exact(), seed);
  }

  @Property(seed = "303", tries = 3)
  void truncatedOrFirstOrderItIsTheSameRecomputed(@ForAll long seed) {
    assertSame(Unrolled.last(STEPS), Unrolled.exact(), seed);
    assertSame(Unrolled.last(3).checkpointed(2), Unrolled.last(3), seed);
    assertSame(Unrolled.firstOrder().checkpointed(2), Unrolled.firstOrder(), seed);
  }

  /** The steps that are cut off matter. */
  @Property(seed = "304", tries = 3)
  void truncationChangesTheDerivative(@ForAll long seed) {
    for (Variant variant : VARIANTS) {
      Array truncated = variant.hypergradient(Unrolled.last(1), seed).get(0);
      Array exact = variant.hypergradient(Unrolled.exact(), seed).get(0);
      assertThat(Rows.difference(truncated, exact)).as(variant.name).isGreaterThan(1e-6);
    }
  }

  /** Each step is differentiated with the data that it was made with. */
  @Property(seed = "305", tries = 2)
  void stepsMayHaveDataOfTheirOwn(@ForAll long seed) {
    for (Variant variant : VARIANTS) {
      List<Array> forward = variant.streamedHypergradient(ForwardMode.exact(), seed);
      assertClose(variant.streamedHypergradient(Unrolled.exact().checkpointed(1), seed), forward);
      assertClose(variant.streamedHypergradient(Unrolled.exact().checkpointed(2), seed), forward);
      for (int i = 0; i < SIZE; i++) {
        assertClose(
            forward.get(0).at(i), variant.streamedDifference(ForwardMode.exact(), seed, i), 1e-7);
      }
    }
  }

  /** With gradients taken as constants nothing is left of the way from a fixed starting point. */
  @Property(seed = "306", tries = 3)
  void firstOrderFromAFixedStartIsTheDirectTerm(@ForAll long seed) {
    Variant variant = VARIANTS.get(1);
    List<Array> firstOrder = variant.hypergradient(Unrolled.firstOrder(), seed);
    assertClose(firstOrder, variant.direct(Unrolled.firstOrder()));
  }
}
