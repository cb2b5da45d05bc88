package io.github.bilevel4j.losses;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import io.github.bilevel4j.losses.contrastive.LearnedTemperatureRelic;
import io.github.bilevel4j.losses.contrastive.LmclLoss;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.contrastive.RelicV2Loss;
import io.github.bilevel4j.losses.distillation.ByolLoss;
import io.github.bilevel4j.losses.distillation.ReSslLoss;
import io.github.bilevel4j.losses.distillation.SimSiamLoss;
import io.github.bilevel4j.losses.distillation.Sinkhorn;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.information.Density;
import io.github.bilevel4j.losses.information.InstanceMembership;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.losses.kernel.InverseMultiquadric;
import io.github.bilevel4j.losses.kernel.RandomFeatures;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.losses.longtail.MagnitudeMask;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.LocatedView;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.losses.redundancy.VicRegLoss;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses and their gradients are numbers at degenerate embeddings, in both precisions. */
class NumericsTest {
  private static final Map<String, BinaryOperator<Expr>> LOSSES = losses();

  /** Element i of a view, by its row-major position and the view's number, in rows of length d. */
  private interface Embedding {
    double at(int i, int view, int d);
  }

  private static final Map<String, Embedding> EMBEDDINGS =
      Map.of(
          "ordinary", (i, view, d) -> ordinary(i, view),
          "large", (i, view, d) -> 100 * ordinary(i, view),
          "small", (i, view, d) -> 1e-12 * ordinary(i, view),
          "zero", (i, view, d) -> 0,
          "one row zero", (i, view, d) -> i < d ? 0 : ordinary(i, view),
          "views equal", (i, view, d) -> ordinary(i, 0),
          "views opposite", (i, view, d) -> (1 - 2 * view) * ordinary(i, 0),
          "collapsed", (i, view, d) -> ordinary(i % d, 0));

  private static double ordinary(int i, int view) {
    return Math.sin(1 + 3 * i + view);
  }

  private static Map<String, BinaryOperator<Expr>> losses() {
    CodingRate rate = CodingRate.epsilonSquared(0.1);
    CodingRate unit = rate.onUnitRows();
    InstanceMembership anchors = InstanceMembership.overAnchors();
    Map<String, BinaryOperator<Expr>> losses = new TreeMap<>();
    losses.put("NtXent 0.5", NtXent.temperature(0.5)::of);
    losses.put("NtXent 0.01", NtXent.temperature(0.01)::of);
    losses.put(
        "NtXent 0.01 of the last image",
        (z1, z2) -> NtXent.temperature(0.01).ofImages(z1, z2).at(0, z1.shape().dim(0) - 1));
    losses.put("InfoNce 0.01", (z1, z2) -> InfoNce.temperature(0.01).of(z1, z2, z2));
    losses.put(
        "InfoNce 0.01 in both directions",
        (z1, z2) ->
            InfoNce.temperature(0.01).of(List.of(z1, z2), List.of(z2, z1), List.of(z1, z2)));
    losses.put(
        "NtXent 0.01 with a pruned branch",
        (z1, z2) -> NtXent.temperature(0.01).of(z1, pruned(z2)));
    losses.put("LmclLoss 0.01", LmclLoss.temperature(0.01)::of);
    losses.put(
        "RelicV2Loss 0.01", (z1, z2) -> ofBranches(RelicV2Loss.temperature(0.01)::of, z1, z2));
    losses.put(
        "RelicV2Loss between large views",
        (z1, z2) ->
            ofBranches(
                RelicV2Loss.temperature(0.01)
                        .invariance(RelicV2Loss.Invariance.OF_LARGE_VIEWS)
                        .constant(RelicV2Loss.Constant.NOTHING)
                    ::of,
                z1,
                z2));
    losses.put(
        "LearnedTemperatureRelic",
        (z1, z2) ->
            LearnedTemperatureRelic.weight(1)
                .largestScale(100)
                .of(z1, z2, Expr.constant(Math.log(200))));
    losses.put("SimSiamLoss", (z1, z2) -> ofBranches(SimSiamLoss::of, z1, z2));
    losses.put("ByolLoss", (z1, z2) -> ofBranches(ByolLoss::of, z1, z2));
    losses.put("ReSslLoss 0.01", (z1, z2) -> ReSslLoss.temperatures(0.01, 0.004).of(z1, z2, z2));
    losses.put(
        "SwavLoss 0.01",
        (z1, z2) ->
            SwavLoss.temperature(0.01)
                .sinkhorn(Sinkhorn.epsilon(0.005))
                .of(List.of(z1, z2), z2, List.of(z1, z2)));
    losses.put("BarlowTwinsLoss", BarlowTwinsLoss.weight(0.005)::of);
    losses.put(
        "WMseLoss", (z1, z2) -> wMse(z1.shape().dim(0)).of(RandomKey.fixed(1), List.of(z1, z2)));
    losses.put(
        "WMseLoss of four views",
        (z1, z2) -> wMse(z1.shape().dim(0)).of(RandomKey.fixed(1), List.of(z1, z2, z1, z2)));
    losses.put("VicRegLoss", VicRegLoss.weights(25, 25, 1)::of);
    losses.put(
        "VicRegLLoss",
        (z1, z2) -> VicRegLLoss.weights(25, 25, 1).matches(1, 1).of(place(z1), place(z2)));
    losses.put("CorInfoMaxLoss", NumericsTest::corInfoMax);
    losses.put(
        "MaximumEntropyCoding",
        (z1, z2) -> ofBranches(MaximumEntropyCoding.inverseLambda(8)::of, z1, z2));
    losses.put(
        "exact MaximumEntropyCoding",
        (z1, z2) -> ofBranches(MaximumEntropyCoding.inverseLambda(8).exact()::of, z1, z2));
    losses.put(
        "SslHsicLoss",
        (z1, z2) -> ofBranches(SslHsicLoss.exact(InverseMultiquadric.scale(1))::of, z1, z2));
    losses.put("approximate SslHsicLoss", (z1, z2) -> ofBranches(approximateHsic(z1)::of, z1, z2));
    losses.put("rate", (z1, z2) -> rate.of(z1).plus(rate.of(z2)));
    losses.put("classes", (z1, z2) -> hardClasses(rate, z1, z2));
    losses.put("pairs", rate::reductionOfPairs);
    losses.put("unit pairs", unit::reductionOfPairs);
    losses.put("instances", (z1, z2) -> rate.reductionOfInstances(z1, z2, anchors));
    losses.put(
        "unit instances", (z1, z2) -> unit.reductionOfInstances(z1, z2, anchors.temperature(0.01)));
    losses.put(
        "unit instances over samples",
        (z1, z2) ->
            unit.reductionOfInstances(z1, z2, InstanceMembership.overSamples().temperature(0.01)));
    losses.put(
        "gradient norm",
        (z1, z2) ->
            JensenShannon.toUniformOfLogs(
                Density.gradientNorm(NtXent.temperature(0.5).of(z1, z2), z1, z2)));
    losses.put(
        "jacobian",
        (z1, z2) -> JensenShannon.toUniformOfLogs(Density.jacobian(Expr::tanh, z1.plus(z2))));
    return losses;
  }

  private static Expr ofBranches(BiFunction<List<Expr>, List<Expr>, Expr> loss, Expr z1, Expr z2) {
    return loss.apply(List.of(z1, z2), List.of(z2, z1));
  }

  /** As SDCLR prunes weights. */
  private static Expr pruned(Expr z) {
    Vector whole = Vector.of(Map.of("z", z));
    return MagnitudeMask.fraction(0.5).of(whole).zip(whole, Expr::times).get("z");
  }

  private static WMseLoss wMse(int images) {
    return WMseLoss.subBatch(images).shrinkage(0.01);
  }

  private static LocatedView place(Expr z) {
    int n = z.shape().dim(0);
    return new LocatedView(z, z.reshape(n, 1, 1, -1), Expr.filled(0, Shape.of(n, 1, 1, 2)));
  }

  private static Expr corInfoMax(Expr z1, Expr z2) {
    RunningMoments moments = RunningMoments.variables("branch", z1.shape().dim(1));
    return CorInfoMaxLoss.weight(250).onUnitRows().of(z1, z2, moments, moments);
  }

  private static SslHsicLoss approximateHsic(Expr z) {
    int d = z.shape().dim(1);
    return SslHsicLoss.approximate(
        InverseMultiquadric.scale(1),
        RandomFeatures.drawn(8, d, RandomKey.fixed(1)),
        RandomFeatures.drawn(8, d, RandomKey.fixed(2)));
  }

  private static Expr hardClasses(CodingRate rate, Expr z1, Expr z2) {
    int[] labels = new int[2 * z1.shape().dim(0)];
    labels[0] = 1;
    return rate.reduction(Expr.concat(0, z1, z2), labels);
  }

  @ParameterizedTest
  @CsvSource({"4, 3", "3, 8", "2, 3"})
  void areFinite(int n, int d) {
    Expr z1 = Expr.input("z1", n, d);
    Expr z2 = Expr.input("z2", n, d);
    for (Precision precision : Precision.values()) {
      try (Engine engine = OnCpu.engine(precision)) {
        Program program = engine.compile(valuesAndGradients(z1, z2));
        EMBEDDINGS.forEach(
            (name, embedding) ->
                assertThat(program.run(feed(z1, z2, embedding)).all())
                    .as("%s embeddings in %s", name, precision)
                    .allSatisfy((output, value) -> assertThat(value).matches(OnCpu::isFinite)));
      }
    }
  }

  private static Step valuesAndGradients(Expr z1, Expr z2) {
    Step step = Step.named("numerics");
    for (Map.Entry<String, BinaryOperator<Expr>> loss : LOSSES.entrySet()) {
      Expr value = loss.getValue().apply(z1, z2);
      step =
          step.output(loss.getKey(), value)
              .output(loss.getKey() + " in z1", value.gradient(z1))
              .output(loss.getKey() + " in z2", value.gradient(z2));
    }
    return step;
  }

  private static Feed feed(Expr z1, Expr z2, Embedding embedding) {
    int d = z1.shape().dim(1);
    return Feed.of(z1, Array.fill(z1.shape(), i -> embedding.at(i, 0, d)))
        .and(z2, Array.fill(z2.shape(), i -> embedding.at(i, 1, d)));
  }
}
