package io.github.bilevel4j.examples.ssl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Optimizer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Biases and normalizations, the variables of rank one, can be left out of weight decay. */
class WeightDecayTest {
  private final Scope scope = Scope.seed(1);
  private final Layer network =
      SmallConvNet.init(scope)
          .then(
              MlpHead.layers(128, 8, 4).hiddenNorm(MlpHead.Norm.AFFINE).init(scope.child("head")));
  private final Variables parameters = network.parameters();

  private boolean isOfRankOne(String name) {
    return parameters.get(name).shape().rank() == 1;
  }

  static Stream<Arguments> decaying() {
    return Stream.of(
        Arguments.of(Sgd.rate(0.1).weightDecay(0.5), Sgd.rate(0.1)),
        Arguments.of(Adam.rate(0.1).decoupledWeightDecay(0.5), Adam.rate(0.1)));
  }

  /** One step from 2 everywhere along a gradient of zero: {@code 2 - rate decay 2}. */
  @ParameterizedTest
  @MethodSource("decaying")
  void exceptForBiasesAndNorms(Optimizer decaying, Optimizer plain) {
    Optimizer optimizer = decaying.exceptFor("biases and norms", this::isOfRankOne, plain);
    Vector twos = parameters.vector().map(each -> Expr.filled(2, each.shape()));
    Vector moved = optimizer.next(optimizer.start(twos), twos.zeros()).parameters();
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Results values =
          engine.compile(Step.named("decay").outputs(moved.map(Expr::mean).components())).run();
      assertThat(parameters.names())
          .contains("stem/conv/weight", "stem/bn/weight", "stem/bn/bias", "head/1/bias")
          .allSatisfy(
              name ->
                  assertThat(values.scalar(name))
                      .isCloseTo(isOfRankOne(name) ? 2 : 1.9, within(1e-12)));
      assertThat(parameters.names().stream().filter(this::isOfRankOne))
          .contains("stem/bn/weight", "stem/bn/bias", "head/1/weight", "head/1/bias");
    }
  }
}
