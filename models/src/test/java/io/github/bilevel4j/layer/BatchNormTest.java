package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Expected numbers were computed with PyTorch 1.13 in double precision. */
class BatchNormTest {
  private static final Array X =
      Array.of(
          Shape.of(6, 4),
          -0.1406,
          0.5678,
          -0.1573,
          0.7161,
          -1.7663,
          -0.1587,
          1.71,
          -0.7712,
          1.6679,
          0.5205,
          -0.476,
          -0.1165,
          0.8173,
          -0.9192,
          -1.463,
          0.9804,
          2.1909,
          1.9186,
          0.7715,
          -0.7926,
          1.4673,
          -2.8153,
          2.3136,
          1.0806);
  private static final Array GAMMA = Array.of(Shape.of(4), 1.5133, 0.4678, -0.5699, 0.4632);
  private static final Array BETA = Array.of(Shape.of(4), -0.3723, 0.6903, -1.5757, 0.3433);
  private static final Array W =
      Array.of(
          Shape.of(6, 4),
          -1.9427,
          1.2156,
          -0.38,
          0.9457,
          1.7866,
          0.243,
          0.6105,
          -0.1307,
          -1.8829,
          -1.5434,
          0.033,
          -0.6197,
          0.4466,
          0.5977,
          1.9038,
          -0.8384,
          -0.577,
          0.7036,
          -0.7633,
          0.6312,
          0.0061,
          0.9354,
          0.2443,
          -2.1564);
  private static final Array Y =
      Array.of(
          Shape.of(6, 4),
          -1.3385080737562194,
          0.9182274745619425,
          -1.3083661435887672,
          0.6588170399504075,
          -3.1937051748040166,
          0.6868012646866759,
          -2.1306236136541528,
          -0.22111638123511862,
          0.725294569563545,
          0.9031600833340001,
          -1.1680279784788017,
          0.16622471393745178,
          -0.24538307954222857,
          0.44454437189914625,
          -0.7334068019380555,
          0.815185226072464,
          1.3221255247508479,
          1.348524135676203,
          -1.7173592021207278,
          -0.23377729377016213,
          0.4963762337880711,
          -0.15945733015796745,
          -2.3964162602194965,
          0.8744666950449576);
  private static final Array GRADIENT_X =
      Array.of(
          Shape.of(6, 4),
          -2.2986889115173956,
          0.3023400976067415,
          0.3538009798426878,
          0.9797130448556463,
          1.0101057572033123,
          -0.037290917907874775,
          -0.2838222856697514,
          -0.23274419148757464,
          -1.1770029756167644,
          -0.5784787810875535,
          0.20632239956120635,
          -0.26866542134676275,
          0.9858771592755996,
          0.04449372527043593,
          -0.5109899697962373,
          0.026474636522851477,
          0.6178939695129622,
          0.19466882947360664,
          0.4223782966873382,
          0.20973741612099686,
          0.8618150011422859,
          0.07426704664464427,
          -0.18768942062524382,
          -0.714515484665157);
  private static final Array GRADIENT_GAMMA =
      Array.of(
          Shape.of(4),
          -4.061345656200713,
          -1.13496034823686,
          -1.9025631202237756,
          -3.0729714639040058);
  private static final Array RUNNING_MEAN =
      Array.of(
          Shape.of(4), 0.19885166666666668, 0.07931966666666666, 0.16297199999999998, 0.125592);
  private static final Array RUNNING_VARIANCE =
      Array.of(Shape.of(4), 1.0526763075916667, 1.1076073543316665, 1.04114598098, 0.89458758622);

  private final Layer norm = BatchNorm.over(4).init(Scope.seed(1).child("bn"));
  private final Expr x = Expr.constant(X);
  private final Expr gamma = Expr.constant(GAMMA);
  private final Vector values =
      Vector.of(ImmutableMap.of("bn/weight", gamma, "bn/bias", Expr.constant(BETA)));

  @Test
  void normalizesABatchAsPyTorch() {
    Expr y = norm.apply(values, x, Pass.batchStatistics());

    assertClose(Computed.of(y), Y);
  }

  @Test
  void hasThePyTorchGradients() {
    Expr loss = norm.apply(values, x, Pass.training()).dot(Expr.constant(W));

    List<Array> computed = Computed.of(List.of(loss, loss.gradient(x), loss.gradient(gamma)));
    assertClose(computed.get(0), Array.scalar(-8.066849032298547));
    assertClose(computed.get(1), GRADIENT_X);
    assertClose(computed.get(2), GRADIENT_GAMMA);
  }

  @Test
  void runningStatisticsFollowTwoBatchesAsInPyTorch() {
    Pass pass = Pass.training();
    norm.apply(x, pass);
    norm.apply(x.times(0.5).plus(1), pass);

    Map<Expr, Expr> updates =
        pass.updates().stream().collect(Collectors.toMap(Update::variable, Update::value));
    assertThat(updates).hasSize(2);
    assertClose(Computed.of(updates.get(norm.state().get("bn/running_mean"))), RUNNING_MEAN);
    assertClose(Computed.of(updates.get(norm.state().get("bn/running_var"))), RUNNING_VARIANCE);
  }

  @Test
  void normalizesImagesOverAllAxesButTheLast() {
    Expr images = Expr.constant(Computed.normal(1, 2, 3, 5, 4));
    Expr rows = images.reshape(30, 4);

    Expr asImages = norm.apply(values, images, Pass.batchStatistics()).reshape(30, 4);
    Expr asRows = norm.apply(values, rows, Pass.batchStatistics());
    assertClose(Computed.of(asImages), Computed.of(asRows));
  }

  @Test
  void evaluationUsesTheRunningStatistics() {
    Vector all =
        Vector.of(
            ImmutableMap.of(
                "bn/weight", gamma,
                "bn/bias", Expr.constant(BETA),
                "bn/running_mean", Expr.constant(Array.vector(1, 2, 3, 4)),
                "bn/running_var", Expr.constant(Array.vector(4, 1, 0.25, 9))));

    Array computed = Computed.of(norm.apply(all, x, Pass.evaluation()));
    double expected = (0.5678 - 2) / Math.sqrt(1 + 1e-5) * GAMMA.at(1) + BETA.at(1);
    assertThat(computed.get(0, 1)).isCloseTo(expected, within(1e-12));
  }

  @Test
  void freshRunningStatisticsOnlyDivideByTheRootOfOnePlusEpsilon() {
    Expr y = norm.apply(x, Pass.evaluation());

    assertClose(Computed.of(y.times(Math.sqrt(1 + 1e-5))), X);
  }

  @Test
  void updatesTheStatisticsGivenInPlaceOfItsOwn() {
    Variables second = norm.state().copy("second");
    Vector given =
        Vector.of(
            ImmutableMap.<String, Expr>builder()
                .putAll(norm.parameters().leaves())
                .putAll(second.leaves())
                .buildOrThrow());
    Pass pass = Pass.training();
    norm.with(given).apply(x, pass);

    assertThat(pass.updates().stream().map(Update::variable))
        .containsExactlyElementsOf(second.leaves().values());
  }

  @Test
  void keepsTheStatisticsGivenBeforeWhenParametersChange() {
    Variables second = norm.state().copy("second");
    Vector given =
        Vector.of(
            ImmutableMap.<String, Expr>builder()
                .putAll(values.components())
                .putAll(second.leaves())
                .buildOrThrow());

    Expr y = norm.with(given).with(norm.parameters().vector()).apply(x, Pass.evaluation());
    assertThat(y.contains(second.get("bn/running_mean"))).isTrue();
    assertThat(y.contains(norm.parameters().get("bn/weight"))).isTrue();
    assertThat(y.contains(gamma)).isFalse();
  }

  @Test
  void withoutScaleAndShiftHasNoParameters() {
    Layer plain = BatchNorm.over(4).affine(false).init(Scope.seed(1));
    Vector unit =
        Vector.of(
            ImmutableMap.of(
                "bn/weight", Expr.filled(1, Shape.of(4)),
                "bn/bias", Expr.filled(0, Shape.of(4))));

    assertThat(plain.parameters().isEmpty()).isTrue();
    assertClose(
        Computed.of(plain.apply(x, Pass.batchStatistics())),
        Computed.of(norm.apply(unit, x, Pass.batchStatistics())));
  }

  @Test
  void refusesAnotherNumberOfChannels() {
    assertThatThrownBy(() -> norm.apply(Expr.input("maps", 8, 2, 2, 3), Pass.evaluation()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            batch norm: the input should be [n, ..., 4].
              input  maps  [8, 2, 2, 3]
            Maybe the layer before it has another number of outputs.""");
  }

  @Test
  void refusesABatchWithoutVariance() {
    assertThatThrownBy(() -> norm.apply(Expr.input("features", 1, 4), Pass.training()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            batch norm: a batch with one value for each channel has no variance.
              input  features  [1, 4]
            Maybe the batch should be larger, or Pass.evaluation() was meant.""");
  }

  @Test
  void findsNormalizationLayersInANetwork() {
    Scope scope = Scope.seed(1);
    Layer network =
        Conv.between(3, 4)
            .init(scope.child("conv"))
            .then(BatchNorm.over(4).init(scope.child("bn")))
            .then(Dense.between(4, 2).init(scope.child("dense")))
            .then(BatchNorm.over(2).affine(false).init(scope.child("dense/1")));
    Variables norms = BatchNorm.variablesAmong(network.variables());
    assertThat(norms.names())
        .containsExactlyInAnyOrder(
            "bn/weight",
            "bn/bias",
            "bn/running_mean",
            "bn/running_var",
            "dense/1/running_mean",
            "dense/1/running_var");
    assertThat(norms.where(BatchNorm::isStatistic)).isEqualTo(network.state());
    assertThat(BatchNorm.variablesAmong(BatchNorm.over(2).init(scope).variables()).names())
        .containsExactly("weight", "bias", "running_mean", "running_var");
    assertThat(BatchNorm.variablesAmong(network.parameters()).isEmpty()).isTrue();
  }

  private static void assertClose(Array computed, Array expected) {
    assertThat(computed.shape()).isEqualTo(expected.shape());
    assertThat(computed.toDoubles()).containsExactly(expected.toDoubles(), within(1e-9));
  }
}
