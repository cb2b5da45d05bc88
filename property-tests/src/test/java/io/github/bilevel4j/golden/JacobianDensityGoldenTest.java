package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Jacobians;
import io.github.bilevel4j.losses.information.Density;
import io.github.bilevel4j.losses.information.JensenShannon;
import java.util.function.UnaryOperator;

/**
 * Jacobians, their log-determinants and the densities made of them, with gradients by the weights.
 */
class JacobianDensityGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "jacobian_logdet";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().inFloat32(3e-5);
  }

  @Override
  public ImmutableMap<String, String> notUsed() {
    return ImmutableMap.of(
        "layout", "describes the inputs",
        "quantity", "describes the loss");
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    ImmutableMap<String, Expr> weights = Maps.toMap(golden.numbered("w"), golden::variable);
    UnaryOperator<Expr> f = function(golden, weights);
    Expr x = golden.variable("x");
    double jitter = golden.numberOrZero("jitter");

    Expr halves = Density.halfLogDeterminants(f, x, jitter);
    computed
        .put("loss", halves.mean())
        .putGradients("grad", halves.mean(), weights)
        .put("extras/half_logdet_per_sample", halves)
        .put("extras/jacobian_sample0", Jacobians.perSample(f, x).at(0, 0))
        .put("extras/output", f.apply(x))
        .evaluate();

    Expr logDensity = Density.jacobian(f, x, jitter);
    Expr divergence = JensenShannon.toUniformOfLogs(logDensity);
    computed
        .put("js_vs_uniform/value", divergence)
        .put("js_vs_uniform/density", logDensity.exp())
        .putGradients("js_vs_uniform/grad", divergence, weights);
  }

  private static UnaryOperator<Expr> function(
      GoldenCase golden, ImmutableMap<String, Expr> weights) {
    Network network = Network.of(weights.values().asList(), golden.text("activation"));
    return switch (golden.text("net")) {
      case "mlp" -> network::perceptron;
      case "conv" -> network::convolutional;
      default -> throw new IllegalArgumentException("unknown net " + golden.text("net"));
    };
  }
}
