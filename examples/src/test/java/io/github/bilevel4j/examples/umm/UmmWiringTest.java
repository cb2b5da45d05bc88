package io.github.bilevel4j.examples.umm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.ssl.Byol;
import io.github.bilevel4j.examples.ssl.MethodFormulas;
import io.github.bilevel4j.examples.ssl.MethodFormulas.Parts;
import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.experiment.Alternating;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Jacobians;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.TargetNetwork;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * UMM of SimCLR on a tiny encoder: each term that a first step reports is that of a formula on the
 * host, of embeddings, gradients and Jacobians at parameters that are written out here, and the
 * step goes where their weighted sum says.
 */
class UmmWiringTest {
  private static final int IMAGES = 4;
  private static final int SIDE = 8;
  private static final double TAU = 0.4;
  private static final double ALPHA = 0.3;
  private static final double BETA = 0.7;
  private static final double CONSTRAINT = 0.6;
  private static final double INNER_RATE = 0.2;
  private static final double OUTER_RATE = 0.1;
  private static final double EPSILON_SQUARED = 0.2;

  private final Scope scope = Scope.seed(4);
  private final Encoder encoder = TinyEncoder.of(scope, 2, 5);
  private final Layer projector =
      MlpHead.layers(5, 6, 3).hiddenNorm(MlpHead.Norm.AFFINE).init(scope.child("projector"));
  private final SimClr simClr = new SimClr(projector, NtXent.temperature(TAU));
  private final Variables later = encoder.last("stem").parameters();
  private final Variables heads = simClr.parameters();
  private Variables theta = later;
  private final ImmutableList<Expr> inner = views(1);
  private final ImmutableList<Expr> outer = views(3);

  private static ImmutableList<Expr> views(int seed) {
    return IntStream.of(seed, seed + 1)
        .mapToObj(UmmWiringTest::images)
        .collect(ImmutableList.toImmutableList());
  }

  private static Expr images(int seed) {
    Random random = new Random(seed);
    // Some images have more contrast than others, so that their densities differ.
    int size = SIDE * SIDE * 3;
    return Expr.constant(
        Array.fill(
            Shape.of(IMAGES, SIDE, SIDE, 3),
            i -> random.nextDouble() * (1 + 2 * seed * (i / size))));
  }

  private UmmSettings settings(Densities density, Rates rate) {
    return UmmSettings.after("stem")
        .headsMove(theta.names().size() > later.names().size())
        .alpha(ALPHA)
        .beta(BETA)
        .constraintWeight(CONSTRAINT)
        .rate(INNER_RATE)
        .density(density.program())
        .codingRate(rate.program())
        .optimizer(Sgd.rate(OUTER_RATE));
  }

  private ViewBatch batch(List<Expr> views) {
    return ViewBatch.of(simClr, views);
  }

  /** The expressions of one level by hand, the layers after the stem being at given values. */
  private final class Level {
    final List<Expr> early;
    final Expr z1;
    final Expr z2;
    final Parts ssl;
    final Expr weighted;
    final UnaryOperator<Expr> later;

    Level(List<Expr> views, Vector values) {
      Encoder last = encoder.last("stem").with(values);
      boolean moved = values.components().keySet().containsAll(heads.leaves().keySet());
      Layer head = moved ? projector.with(values) : projector;
      early = views.stream().map(x -> encoder.early("stem").apply(x, Pass.evaluation())).toList();
      List<Expr> z =
          early.stream()
              .map(x -> last.apply(x, Pass.batchStatistics()))
              .map(h -> head.apply(h, Pass.batchStatistics()))
              .toList();
      z1 = z.get(0);
      z2 = z.get(1);
      ssl = MethodFormulas.ntXent(z1, z2, TAU);
      weighted = ssl.alignment().plus(ssl.constraint().times(CONSTRAINT));
      later = x -> last.apply(x, Pass.evaluation());
    }
  }

  /**
   * How the density is computed by the program, and by hand: as {@code log p}, up to a constant.
   */
  private enum Densities {
    GRADIENT_NORM {
      @Override
      FeatureDensity program() {
        return FeatureDensity.gradientNorm();
      }

      @Override
      Expr logDensity(Level level) {
        return Expr.concat(
            0,
            level.early.stream()
                .map(x -> level.weighted.gradient(x).reshape(IMAGES, -1))
                .map(gradient -> gradient.squared().sum(1).sqrt().log().negated())
                .toArray(Expr[]::new));
      }
    },
    JACOBIAN {
      @Override
      FeatureDensity program() {
        return FeatureDensity.jacobian();
      }

      @Override
      Expr logDensity(Level level) {
        Expr early = Expr.concat(0, level.early.get(0), level.early.get(1));
        return halfLogDeterminant(Jacobians.perSample(level.later, early)).negated();
      }
    },
    PROJECTED {
      @Override
      FeatureDensity program() {
        return FeatureDensity.projected(2, RandomKey.fixed(6));
      }

      @Override
      Expr logDensity(Level level) {
        Expr early = Expr.concat(0, level.early.get(0), level.early.get(1));
        Expr drawn = RandomKey.fixed(6).normal(2, 5);
        // The first direction, and what is orthogonal to it in the second.
        Expr first = MethodFormulas.unitRows(drawn.slice(0, 0, 1));
        Expr second = drawn.slice(0, 1, 2);
        Expr rest = second.minus(first.times(second.times(first).sum()));
        Expr directions = Expr.concat(0, first, MethodFormulas.unitRows(rest));
        // V^T J of the whole Jacobian.
        Expr jacobian = Jacobians.perSample(level.later, early);
        int inputs = jacobian.shape().dim(2);
        Expr columns = jacobian.permuted(1, 0, 2).reshape(5, -1);
        Expr projected =
            directions.matmul(columns).reshape(2, 2 * IMAGES, inputs).permuted(1, 0, 2);
        return halfLogDeterminant(projected).negated();
      }
    };

    abstract FeatureDensity program();

    /** {@code log p} of the samples of both views, without normalization. */
    abstract Expr logDensity(Level level);

    private static Expr halfLogDeterminant(Expr jacobians) {
      return jacobians
          .matmul(jacobians.transposed())
          .plusDiagonal(1e-6)
          .logDeterminant()
          .dividedBy(2);
    }
  }

  /**
   * How the coding-rate reduction is computed by the program, and the memberships it stands for.
   */
  private enum Rates {
    PAIRS {
      @Override
      EmbeddingRate program() {
        return EmbeddingRate.pairs(EPSILON_SQUARED);
      }

      @Override
      Array memberships(Array cosines) {
        return Array.fill(
            Shape.of(2 * IMAGES, IMAGES), i -> i / IMAGES % IMAGES == i % IMAGES ? 1 : 0);
      }
    },
    INSTANCES {
      @Override
      EmbeddingRate program() {
        return EmbeddingRate.instances(EPSILON_SQUARED, 0.8);
      }

      @Override
      Array memberships(Array cosines) {
        int n = 2 * IMAGES;
        Array similarity =
            Array.fill(cosines.shape(), i -> i / n == i % n ? 0 : Math.exp(cosines.at(i) / 0.8));
        return Array.fill(
            similarity.shape(),
            i -> similarity.at(i) / Arrays.stream(Rows.row(similarity, i / n)).sum());
      }
    };

    abstract EmbeddingRate program();

    /** How much each sample belongs to each class, rows of sum one. */
    abstract Array memberships(Array cosines);

    /** {@code R - R_c} of unit rows. */
    double reduction(Array z1, Array z2) {
      Array z = unitRows(z1, z2);
      int samples = z.shape().dim(0);
      int d = z.shape().dim(1);
      Array pi = memberships(Rows.times(z, Rows.transposed(z)));
      double reduction =
          logDeterminantPlusIdentity(z, ones(samples), d / (samples * EPSILON_SQUARED)) / 2;
      for (int j = 0; j < pi.shape().dim(1); j++) {
        double[] members = Rows.row(Rows.transposed(pi), j);
        double size = Arrays.stream(members).sum();
        reduction -=
            size
                / (2 * samples)
                * logDeterminantPlusIdentity(
                    z, Array.vector(members), d / (size * EPSILON_SQUARED));
      }
      return reduction;
    }
  }

  private static Array ones(int count) {
    return Array.fill(Shape.of(count), i -> 1);
  }

  private static Array unitRows(Array first, Array second) {
    int d = first.shape().dim(1);
    Array z =
        Array.fill(
            Shape.of(2 * IMAGES, d), i -> i < IMAGES * d ? first.at(i) : second.at(i - IMAGES * d));
    return Rows.scaled(
        z,
        Array.fill(
            Shape.of(2 * IMAGES), i -> 1 / Math.sqrt(Rows.dot(Rows.row(z, i), Rows.row(z, i)))));
  }

  /** {@code log det(I + scale Z^T diag(weights) Z)}, by elimination. */
  private static double logDeterminantPlusIdentity(Array z, Array weights, double scale) {
    Array gram = Rows.times(Rows.transposed(z), Rows.scaled(z, weights));
    int d = gram.shape().dim(0);
    double[][] a = new double[d][d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        a[i][j] = (i == j ? 1 : 0) + scale * gram.get(i, j);
      }
    }
    double logDeterminant = 0;
    for (int k = 0; k < d; k++) {
      logDeterminant += Math.log(a[k][k]);
      for (int i = k + 1; i < d; i++) {
        double factor = a[i][k] / a[k][k];
        for (int j = k; j < d; j++) {
          a[i][j] -= factor * a[k][j];
        }
      }
    }
    return logDeterminant;
  }

  /** {@code JS(uniform, p)} in nats of a density that is not normalized yet. */
  private static double divergence(Array logDensity) {
    double[] p = DoubleStream.of(logDensity.toDoubles()).map(Math::exp).toArray();
    double sum = Arrays.stream(p).sum();
    double u = 1.0 / p.length;
    return Arrays.stream(p)
        .map(x -> x / sum)
        .map(
            x -> {
              double m = (x + u) / 2;
              return (x * Math.log(x / m) + u * Math.log(u / m)) / 2;
            })
        .sum();
  }

  /** As {@link #divergence}, to be differentiated. */
  private static Expr divergence(Expr logDensity) {
    Expr p = logDensity.exp().dividedBy(logDensity.exp().sum());
    double u = 1.0 / p.shape().dim(0);
    Expr m = p.plus(u).dividedBy(2);
    return p.times(p.dividedBy(m).log())
        .plus(m.reciprocal().times(u).log().times(u))
        .sum()
        .dividedBy(2);
  }

  @ParameterizedTest
  @EnumSource(Densities.class)
  void bothLevelsWithPairs(Densities density) {
    checkBothLevels(density, Rates.PAIRS, 1);
  }

  @Test
  void bothLevelsWithInstances() {
    checkBothLevels(Densities.GRADIENT_NORM, Rates.INSTANCES, 1);
  }

  @Test
  void twoInnerStepsStayNearTheOuterParameters() {
    checkBothLevels(Densities.GRADIENT_NORM, Rates.PAIRS, 2);
  }

  @Test
  void bothLevelsWithHeadsThatMove() {
    theta = later.and(heads);
    checkBothLevels(Densities.GRADIENT_NORM, Rates.PAIRS, 2);
  }

  private void checkBothLevels(Densities density, Rates rate, int steps) {
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(umm(density, rate, steps), engine);
      Hand hand = bothLevels(engine, density, rate, steps);
      assertTerms(solver.step(Feed.none()), hand.terms);
      assertClose(engine.read(theta), hand.theta);
    }
  }

  private BilevelProblem umm(Densities density, Rates rate, int steps) {
    UmmSettings settings = settings(density, rate).steps(steps);
    return Umm.problem(encoder, batch(inner), batch(outer), settings);
  }

  /** By hand: terms, and the later layers' parameters after the step. */
  private record Hand(Map<String, Double> terms, ImmutableMap<String, Array> theta) {}

  /** A step from the parameters that the engine holds. */
  private Hand bothLevels(Engine engine, Densities density, Rates rate, int steps) {
    Level g = new Level(inner, theta.vector());
    Expr logDensity = density.logDensity(g);
    // Derivatives before other values take the variables' place: those depend on the early
    // features.
    Expr loss = g.weighted.plus(divergence(logDensity).times(BETA));
    Vector gradient = Derivatives.gradient(loss, theta.vector());
    Vector phi = theta.vector();
    for (int k = 0; k < steps; k++) {
      Vector here = phi;
      // The proximal term's weight is 1 / rate: its gradient's share of the step is phi - theta.
      phi =
          here.minus(gradient.map(x -> x.substitute(theta, here)).times(INNER_RATE))
              .minus(here.minus(theta.vector()));
    }
    Level f = new Level(outer, phi);
    ImmutableMap<String, Array> values =
        Evaluation.on(
            engine,
            ImmutableMap.<String, Expr>builder()
                .put("inner/alignment", g.ssl.alignment())
                .put("inner/constraint", g.ssl.constraint())
                .put("outer/alignment", f.ssl.alignment())
                .put("outer/constraint", f.ssl.constraint())
                .put("log density", logDensity)
                .put("z1", f.z1)
                .put("z2", f.z2)
                .buildOrThrow());
    Map<String, Double> terms = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (name.contains("/")) {
            terms.put(name, value.scalarValue());
          }
        });
    terms.put("inner/memorization", divergence(values.get("log density")));
    terms.put("outer/coding rate reduction", rate.reduction(values.get("z1"), values.get("z2")));
    Vector step = outerLoss(f, rate, values).gradient(theta.vector()).times(-OUTER_RATE);
    return new Hand(terms, Evaluation.on(engine, theta.vector().plus(step).components()));
  }

  /**
   * The outer loss to first order at these embeddings: the reduction's gradient by differences of
   * the function on the host.
   */
  private Expr outerLoss(Level f, Rates rate, Map<String, Array> values) {
    Array z1 = values.get("z1");
    Array z2 = values.get("z2");
    Expr slope1 = Expr.constant(slope(z1, z -> rate.reduction(z, z2)));
    Expr slope2 = Expr.constant(slope(z2, z -> rate.reduction(z1, z)));
    Expr reduction = f.z1.times(slope1).sum().plus(f.z2.times(slope2).sum());
    return f.weighted.minus(reduction.times(ALPHA));
  }

  private static Array slope(Array at, ToDoubleFunction<Array> function) {
    double h = 1e-5;
    return Array.fill(
        at.shape(),
        i ->
            (function.applyAsDouble(moved(at, i, h)) - function.applyAsDouble(moved(at, i, -h)))
                / (2 * h));
  }

  private static Array moved(Array array, int position, double way) {
    return Array.fill(array.shape(), i -> array.at(i) + (i == position ? way : 0));
  }

  @ParameterizedTest
  @EnumSource(Rates.class)
  void oneLevel(Rates rate) {
    UmmSettings settings = settings(Densities.GRADIENT_NORM, rate);
    Level level = new Level(outer, theta.vector());
    Expr logDensity = Densities.GRADIENT_NORM.logDensity(level);
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Map<String, Expr> hand = new LinkedHashMap<>();
      hand.put("alignment", level.ssl.alignment());
      hand.put("constraint", level.ssl.constraint());
      hand.put("log density", logDensity);
      hand.put("z1", level.z1);
      hand.put("z2", level.z2);
      ImmutableMap<String, Array> values = Evaluation.on(engine, hand);
      Map<String, Double> wanted = new LinkedHashMap<>();
      wanted.put("alignment", values.get("alignment").scalarValue());
      wanted.put("constraint", values.get("constraint").scalarValue());
      wanted.put("memorization", divergence(values.get("log density")));
      wanted.put("coding rate reduction", rate.reduction(values.get("z1"), values.get("z2")));
      wanted.put(
          "total",
          wanted.get("alignment")
              + CONSTRAINT * wanted.get("constraint")
              + BETA * wanted.get("memorization")
              - ALPHA * wanted.get("coding rate reduction"));
      Expr loss = outerLoss(level, rate, values).plus(divergence(logDensity).times(BETA));
      Vector step = loss.gradient(theta.vector()).times(-OUTER_RATE);
      ImmutableMap<String, Array> expectedTheta =
          Evaluation.on(engine, theta.vector().plus(step).components());
      Solver solver =
          SingleLevelSolver.of(SingleLevelUmm.problem(encoder, batch(outer), settings), engine);
      assertTerms(solver.step(Feed.none()), wanted);
      assertClose(engine.read(theta), expectedTheta);
    }
  }

  /** A step of pre-training on all parameters, and from there one of UMM on the later layers. */
  @Test
  void jointSteps() {
    double rate = 0.3;
    Variables all = encoder.parameters().and(projector.parameters());
    List<Expr> z =
        inner.stream()
            .map(x -> encoder.apply(x, Pass.batchStatistics()))
            .map(h -> projector.apply(h, Pass.batchStatistics()))
            .toList();
    Parts ssl = MethodFormulas.ntXent(z.get(0), z.get(1), TAU);
    Vector descent = ssl.differentiated().gradient(all.vector()).times(-rate);
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Solver joint =
          Alternating.between(
              phase(
                  "ssl",
                  SingleLevelSolver.of(
                      Pretraining.problem(encoder, batch(inner), Sgd.rate(rate)), engine)),
              phase("umm", BilevelSolver.of(umm(Densities.GRADIENT_NORM, Rates.PAIRS, 1), engine)));
      ImmutableMap<String, Array> pretrained =
          Evaluation.on(engine, all.vector().plus(descent).components());
      Map<String, Double> wanted = new LinkedHashMap<>();
      Evaluation.on(
              engine, Map.of("ssl/alignment", ssl.alignment(), "ssl/constraint", ssl.constraint()))
          .forEach((term, value) -> wanted.put(term, value.scalarValue()));
      Map<String, Double> found = joint.step(Feed.none());
      ImmutableMap<String, Array> ended = engine.read(all);
      engine.write(all, pretrained);
      Hand hand = bothLevels(engine, Densities.GRADIENT_NORM, Rates.PAIRS, 1);
      hand.terms.forEach((term, value) -> wanted.put("umm/" + term, value));
      assertTerms(found, wanted);
      Map<String, Array> moved = new LinkedHashMap<>(pretrained);
      moved.putAll(hand.theta);
      assertClose(ended, moved);
    }
  }

  private static Alternating.Phase phase(String name, Solver solver) {
    return new Alternating.Phase(name, solver, ImmutableList.of());
  }

  /** The moving average's early layers are frozen, too; those after them are at its own values. */
  @Test
  void targetsOfUmmAreAtTheAverages() {
    Layer predictor = MlpHead.layers(3, 4, 3).init(scope.child("predictor"));
    TargetNetwork target =
        TargetNetwork.afterStep(Schedule.constant(0.9), Expr.constant(5), encoder, projector);
    Byol byol = new Byol(projector, predictor, target);
    Variables averages = byol.emaParameters();
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Random random = new Random(8);
      engine
          .read(averages)
          .forEach(
              (key, value) ->
                  engine.write(
                      averages.get(key),
                      Array.fill(value.shape(), i -> value.at(i) + random.nextGaussian() / 5)));
      Encoder early = encoder.early("stem");
      Vector moved =
          Vector.of(
              ImmutableMap.copyOf(
                  Maps.transformEntries(
                      encoder.parameters().and(projector.parameters()).leaves(),
                      (key, online) -> averages.get(key).times(0.9).plus(online.times(0.1)))));
      List<Expr> targets =
          outer.stream()
              .map(x -> embedded(early.with(moved).apply(x, Pass.evaluation()), moved))
              .toList();
      List<Expr> p =
          outer.stream()
              .map(
                  x ->
                      embedded(
                          early.apply(x, Pass.evaluation()),
                          encoder.parameters().and(projector.parameters()).vector()))
              .map(x -> predictor.apply(x, Pass.batchStatistics()))
              .toList();
      double wanted =
          Evaluation.on(engine, Map.of("byol", MethodFormulas.byol(p, targets).alignment()))
              .get("byol")
              .scalarValue();
      UmmSettings settings =
          UmmSettings.after("stem").alpha(0).beta(0).optimizer(Sgd.rate(OUTER_RATE));
      Solver solver =
          SingleLevelSolver.of(
              SingleLevelUmm.problem(encoder, ViewBatch.of(byol, outer), settings), engine);
      assertTerms(solver.step(Feed.none()), Map.of("alignment", wanted));
    }
  }

  private Expr embedded(Expr early, Vector values) {
    Expr h = encoder.last("stem").with(values).apply(early, Pass.batchStatistics());
    return projector.with(values).apply(h, Pass.batchStatistics());
  }

  private static void assertTerms(Map<String, Double> found, Map<String, Double> wanted) {
    assertThat(found).containsKeys(wanted.keySet().toArray(String[]::new));
    assertThat(wanted)
        .allSatisfy(
            (term, value) -> assertThat(found.get(term)).as(term).isCloseTo(value, within(1e-9)));
  }

  private static void assertClose(Map<String, Array> found, Map<String, Array> wanted) {
    assertThat(found).containsOnlyKeys(wanted.keySet());
    wanted.forEach(
        (name, value) ->
            assertThat(Rows.difference(found.get(name), value)).as(name).isLessThan(1e-7));
  }
}
