package io.github.bilevel4j.examples.umm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.examples.TinyEncoder;
import io.github.bilevel4j.examples.ssl.MethodFormulas;
import io.github.bilevel4j.examples.ssl.MethodFormulas.Parts;
import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A step of each repair on a tiny encoder: what it learns moves against the central difference of
 * the outer loss at the inner steps' end, both of formulas written out here.
 */
class RepairsTest {
  private static final int IMAGES = 4;
  private static final int SIDE = 16;
  private static final double TAU = 0.4;
  private static final double RATE = 0.2;
  private static final double OUTER_RATE = 0.7;
  private static final double H = 1e-6;

  private final Scope scope = Scope.seed(4);
  private final Encoder encoder = TinyEncoder.of(scope, 2, 5, 4);
  private final Layer projector =
      MlpHead.layers(4, 6, 3).hiddenNorm(MlpHead.Norm.AFFINE).init(scope.child("projector"));
  private final SimClr simClr = new SimClr(projector, NtXent.temperature(TAU));
  private final Variables w = encoder.last("stem").parameters();
  private final UmmSettings settings =
      UmmSettings.after("stem")
          .alpha(0)
          .beta(0)
          .rate(RATE)
          .optimizer(Sgd.rate(RATE))
          .hyperOptimizer(Sgd.rate(OUTER_RATE))
          .estimator(Unrolled.exact());
  private final Engine engine = Evaluation.open(Precision.FLOAT64);

  private static Expr images(int seed) {
    Random random = new Random(seed);
    return Expr.constant(Array.fill(Shape.of(IMAGES, SIDE, SIDE, 3), i -> random.nextDouble()));
  }

  private static ImmutableList<Expr> views(int seed) {
    return ImmutableList.of(images(seed), images(seed + 1));
  }

  /** SimCLR's loss by hand, the layers after the stem being at given values. */
  private Parts loss(List<Expr> views, Vector values) {
    Encoder last = encoder.last("stem").with(values);
    List<Expr> z =
        views.stream()
            .map(x -> encoder.early("stem").apply(x, Pass.evaluation()))
            .map(
                x -> projector.apply(last.apply(x, Pass.batchStatistics()), Pass.batchStatistics()))
            .toList();
    return MethodFormulas.ntXent(z.get(0), z.get(1), TAU);
  }

  private static Expr half(Vector v, String stage) {
    return v.components().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(stage + "/"))
        .map(entry -> entry.getValue().squared().sum())
        .reduce(Expr::plus)
        .orElseThrow()
        .dividedBy(2);
  }

  /** The variables moved against the central differences of a value, each by itself. */
  private ImmutableMap<String, Array> descended(Variables a, Expr value) {
    ImmutableMap.Builder<String, Array> moved = ImmutableMap.builder();
    try (Program program = engine.compile(Step.named("outer loss").output("value", value))) {
      engine
          .read(a)
          .forEach(
              (name, at) ->
                  moved.put(
                      name,
                      Array.fill(
                          at.shape(),
                          i -> at.at(i) - OUTER_RATE * difference(program, a.get(name), at, i))));
    }
    return moved.buildOrThrow();
  }

  private double difference(Program program, Expr variable, Array at, int i) {
    double[] ends =
        IntStream.of(1, -1)
            .mapToDouble(
                sign -> {
                  engine.write(
                      variable, Array.fill(at.shape(), k -> at.at(k) + (k == i ? sign * H : 0)));
                  return program.run().scalar("value");
                })
            .toArray();
    engine.write(variable, at);
    return (ends[0] - ends[1]) / (2 * H);
  }

  private void check(BilevelProblem problem, Variables learned, Vector endOfInner, Expr outerLoss) {
    ImmutableMap<String, Array> wanted = descended(learned, outerLoss);
    ImmutableMap<String, Array> trained = Evaluation.on(engine, endOfInner.components());
    ImmutableMap<String, Array> before = engine.read(learned);
    BilevelSolver.of(problem, engine).step(Feed.none());
    assertClose(engine.read(w), trained);
    ImmutableMap<String, Array> found = engine.read(learned);
    assertClose(found, wanted);
    wanted.forEach(
        (name, value) ->
            assertThat(Rows.difference(value, before.get(name))).as(name).isGreaterThan(1e-5));
  }

  private static void assertClose(Map<String, Array> found, Map<String, Array> wanted) {
    assertThat(found).containsOnlyKeys(wanted.keySet());
    wanted.forEach(
        (name, value) ->
            assertThat(Rows.difference(found.get(name), value)).as(name).isLessThan(1e-7));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void heldOutLossTeachesHyperparameters() {
    Hyperparameters a =
        new Hyperparameters(
            LearnedAugmentation.ofStrength(0.4),
            Expr.variable("weight constraint", Array.scalar(0.3)),
            StageWeights.of("decay", encoder.last("stem"), 0.05));
    RandomKey key = RandomKey.fixed(3);
    ImmutableList<Expr> seen =
        ImmutableList.of(
            a.augmentation().apply(images(1), key.foldIn("1")),
            a.augmentation().apply(images(2), key.foldIn("2")));
    ImmutableList<Expr> heldOut = views(5);
    BilevelProblem problem =
        HeldOut.problem(
            encoder, ViewBatch.of(simClr, seen), ViewBatch.of(simClr, heldOut), a, settings);
    assertThat(problem.outerVariables().names())
        .containsExactlyInAnyOrder(
            "strength crop",
            "strength brightness",
            "strength contrast",
            "strength saturation",
            "strength noise",
            "weight constraint",
            "decay layer1",
            "decay layer2");

    Parts g = loss(seen, w.vector());
    Expr inner =
        g.alignment()
            .plus(g.constraint().times(problem.outerVariables().get("weight constraint").exp()))
            .plus(half(w.vector(), "layer1").times(decay(problem, "layer1")))
            .plus(half(w.vector(), "layer2").times(decay(problem, "layer2")));
    Vector end = w.vector().minus(Derivatives.gradient(inner, w.vector()).times(RATE));
    check(problem, problem.outerVariables(), end, loss(heldOut, end).differentiated());
  }

  /** The batch has four of six pictures; the weights of the others do not move in this step. */
  @Test
  void heldOutLossTeachesHowMuchEachPictureCounts() {
    PictureWeights a = PictureWeights.drawn(6, 0.7, 8);
    Expr indices = Expr.constant(Array.vector(4, 0, 5, 2));
    ImmutableList<Expr> seen = views(1);
    BilevelProblem problem =
        WeightedPictures.problem(
            encoder,
            ViewBatch.of(simClr, seen),
            indices,
            ViewBatch.of(simClr, views(5)),
            a,
            settings);
    Encoder last = encoder.last("stem").with(w.vector());
    List<Expr> z =
        seen.stream()
            .map(x -> encoder.early("stem").apply(x, Pass.evaluation()))
            .map(
                x -> projector.apply(last.apply(x, Pass.batchStatistics()), Pass.batchStatistics()))
            .toList();
    Expr weights = a.logs().gather(indices).exp();
    Expr losses = MethodFormulas.ntXentOfImages(z.get(0), z.get(1), TAU);
    Expr inner = weights.times(losses).sum().dividedBy(weights.sum());
    Vector end = w.vector().minus(Derivatives.gradient(inner, w.vector()).times(RATE));
    Expr outer = loss(views(5), end).differentiated();

    Array before = engine.read(a.variables()).get("picture weights");
    Array wanted = descended(a.variables(), outer).get("picture weights");
    Map<String, Array> trained = Evaluation.on(engine, end.components());
    BilevelSolver.of(problem, engine).step(Feed.none());
    assertClose(engine.read(w), trained);
    Array found = engine.read(a.variables()).get("picture weights");
    assertThat(Rows.difference(found, wanted)).isLessThan(1e-7);
    for (int i = 0; i < 6; i++) {
      double moved = Math.abs(found.at(i) - before.at(i));
      assertThat(moved > 1e-5).as("picture " + i).isEqualTo(i != 1 && i != 3);
    }
  }

  /** exp(0) to exp(log 4): mean 2, the smallest half of it, (1 + 1 + 2 + 4)^2 / 22 pictures. */
  @Test
  void weightsOfPicturesAreToldRelativeToTheirMean() {
    PictureWeights a = PictureWeights.drawn(4, 0, 1);
    engine.write(a.logs(), Array.vector(0, 0, Math.log(2), Math.log(4)));
    Map<String, Array> told = Evaluation.on(engine, a.values());
    assertThat(told.get("picture weights, smallest").scalarValue()).isCloseTo(0.5, within(1e-12));
    assertThat(told.get("picture weights, largest").scalarValue()).isCloseTo(2, within(1e-12));
    assertThat(told.get("picture weights, pictures that count").scalarValue())
        .isCloseTo(64.0 / 22, within(1e-12));
  }

  private static Expr decay(BilevelProblem problem, String stage) {
    return problem.outerVariables().get("decay " + stage).exp();
  }

  @Test
  void heldOutLossTeachesHowNearEachStageStays() {
    StageWeights weights = StageWeights.of("near", encoder.last("stem"), 0.3);
    Random random = new Random(2);
    Vector center =
        w.vector().map(v -> Expr.constant(Array.fill(v.shape(), i -> random.nextGaussian() / 3)));
    BilevelProblem problem =
        Proximal.problem(
            encoder,
            ViewBatch.of(simClr, views(1)),
            ViewBatch.of(simClr, views(5)),
            center,
            weights,
            settings);
    Vector away = w.vector().minus(center);
    Expr inner =
        loss(views(1), w.vector())
            .differentiated()
            .plus(half(away, "layer1").times(weights.logs().get("near layer1").exp()))
            .plus(half(away, "layer2").times(weights.logs().get("near layer2").exp()));
    Vector end = w.vector().minus(Derivatives.gradient(inner, w.vector()).times(RATE));
    check(problem, weights.logs(), end, loss(views(5), end).differentiated());
  }

  /** Two inner steps that begin apart from the outer weights. */
  @Test
  void theEncoderEndsAtTheInnerSolution() {
    Variables theta = w.copy("anchor");
    Random random = new Random(3);
    engine
        .read(w)
        .forEach(
            (name, value) ->
                engine.write(
                    theta.get(name),
                    Array.fill(value.shape(), i -> value.at(i) + random.nextGaussian() / 10)));
    BilevelProblem problem =
        InnerSolution.problem(
            encoder,
            theta,
            ViewBatch.of(simClr, views(1)),
            ViewBatch.of(simClr, views(5)),
            settings.steps(2).optimizer(Sgd.rate(OUTER_RATE)));
    Vector gradient = Derivatives.gradient(loss(views(1), w.vector()).differentiated(), w.vector());
    // The proximal term's weight is 1 / rate: a step leads to theta - rate dG(phi).
    Vector first = theta.vector().minus(gradient.times(RATE));
    Vector second = theta.vector().minus(gradient.map(x -> x.substitute(w, first)).times(RATE));
    check(problem, theta, second, loss(views(5), second).differentiated());
  }

  @Test
  void weightsOfStagesAreOfTheirOwnParametersAlone() {
    StageWeights weights = StageWeights.of("near", encoder.last("stem"), 0.5);
    assertThat(weights.logs().names()).containsExactly("near layer1", "near layer2");
    Vector ones = w.vector().map(v -> Expr.filled(1, v.shape()));
    engine.write(weights.logs().get("near layer2"), Array.scalar(Math.log(2)));
    double layer1 = 9 * 2 * 5 + 2 * 5;
    double layer2 = 9 * 5 * 4 + 2 * 4;
    assertThat(
            Evaluation.on(engine, Map.of("penalty", weights.penalty(ones)))
                .get("penalty")
                .scalarValue())
        .isCloseTo(0.25 * layer1 + layer2, within(1e-9));
  }
}
