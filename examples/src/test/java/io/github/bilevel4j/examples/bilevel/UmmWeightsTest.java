package io.github.bilevel4j.examples.bilevel;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.bench.Agreement;
import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.GlobalAveragePool;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.ForwardMode;
import io.github.bilevel4j.solver.estimator.Unrolled;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class UmmWeightsTest {

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  /** Of a perceptron on mean colors. */
  private static ImmutableMap<String, Array> hypergradient(HypergradientEstimator estimator) {
    Scope scope = Scope.seed(1);
    Encoder encoder =
        Encoder.of(
            ImmutableMap.of(
                "layer1", new GlobalAveragePool(), "pool", MlpHead.layers(3, 8, 6).init(scope)));
    Draws draws = new Draws(1);
    BilevelProblem problem =
        UmmWeights.of(
                encoder,
                new SimClr(
                    MlpHead.layers(6, 4).init(scope.child("projector")), NtXent.temperature(0.2)))
            .problem(
                List.of(draws.normal(8, 2, 2, 3), draws.normal(8, 2, 2, 3)),
                draws.normal(6, 2, 2, 3),
                Expr.constant(Array.vector(0, 0, 1, 1, 2, 2)).oneHot(3),
                2,
                estimator);
    try (Engine engine = engine()) {
      return BilevelSolver.of(problem, engine).hypergradient(Feed.none());
    }
  }

  @Test
  void forwardAndReverseDerivativesThroughThreeLevelsAgree() {
    ImmutableMap<String, Array> reverse = hypergradient(Unrolled.exact());
    Agreement agreement = Agreement.of(hypergradient(ForwardMode.exact()), reverse);
    assertThat(agreement.relativeError()).isLessThan(1e-6);
    assertThat(reverse.get("log alpha").scalarValue()).isNotZero();
    assertThat(reverse.get("log beta").scalarValue()).isNotZero();
  }

  @Test
  void neighborsOfTheirOwnClassCostNothing() {
    Expr labels = Expr.constant(Array.vector(0, 0, 1, 1)).oneHot(2);
    Expr apart =
        Expr.constant(
            Array.matrix(
                new double[] {1, 0},
                new double[] {2, 0},
                new double[] {-1, 0},
                new double[] {-3, 0}));
    Expr alike = Expr.filled(1, apart.shape());
    try (Engine engine = engine()) {
      Step step =
          Step.named("losses")
              .output("apart", UmmWeights.neighbors(apart, labels))
              .output("alike", UmmWeights.neighbors(alike, labels));
      assertThat(engine.compile(step).run().scalar("apart")).isCloseTo(0, Offset.offset(1e-8));
      // One of the three others is of the same class.
      assertThat(engine.compile(step).run().scalar("alike"))
          .isCloseTo(Math.log(3), Offset.offset(1e-12));
    }
  }
}
