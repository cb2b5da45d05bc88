package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.information.Density;
import io.github.bilevel4j.losses.information.JensenShannon;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Densities over a batch, by Jacobians and by gradient norms. */
class DensityProperties {
  private static final int SAMPLES = 4;
  private static final int INPUTS = 5;
  private static final int OUTPUTS = 3;

  /** Samples {@code x1, x2}, a weight matrix and a scale, all drawn anew for each try. */
  private static final HostFunction DENSITIES =
      HostFunction.of(
          Precision.FLOAT64,
          List.of(
              Shape.of(SAMPLES, INPUTS),
              Shape.of(SAMPLES, INPUTS),
              Shape.of(INPUTS, OUTPUTS),
              Shape.scalar()),
          arguments ->
              densities(arguments.get(0), arguments.get(1), arguments.get(2), arguments.get(3)));

  private static Map<String, Expr> densities(Expr x1, Expr x2, Expr weight, Expr scale) {
    // Small arguments: where tanh is flat, determinants are lost in rounding.
    UnaryOperator<Expr> f = x -> x.matmul(weight).times(0.2).tanh();
    UnaryOperator<Expr> scaled = x -> f.apply(x).times(scale);
    UnaryOperator<Expr> linear = x -> x.matmul(weight);
    Expr loss = NtXent.temperature(0.5).of(f.apply(x1), f.apply(x2));
    return Map.of(
        "jacobian", Density.jacobian(f, x1, 0),
        "jacobian scaled", Density.jacobian(scaled, x1, 0),
        "jacobian linear", Density.jacobian(linear, x1, 0),
        "projected", Density.projectedJacobian(f, x1, 2, RandomKey.fixed(7), 0),
        "projected scaled", Density.projectedJacobian(scaled, x1, 2, RandomKey.fixed(7), 0),
        "projected fully", Density.projectedJacobian(f, x1, OUTPUTS, RandomKey.fixed(7), 0),
        "gradient norm", Density.gradientNorm(loss, x1, x2),
        "gradient norm scaled", Density.gradientNorm(loss.times(scale), x1, x2),
        "divergence", JensenShannon.toUniformOfLogs(Density.gradientNorm(loss, x1, x2)),
        "divergence scaled",
            JensenShannon.toUniformOfLogs(Density.gradientNorm(loss.times(scale), x1, x2)));
  }

  private static Map<String, Array> at(long seed) {
    Draws draws = Draws.seed(seed);
    return DENSITIES.at(
        draws.normal(SAMPLES, INPUTS),
        draws.normal(SAMPLES, INPUTS),
        draws.normal(INPUTS, OUTPUTS),
        draws.uniform(0.1, 10));
  }

  @Property(seed = "50", tries = 20)
  void isPositiveAndSumsToOne(@ForAll long seed) {
    Map<String, Array> densities = at(seed);
    for (String kind : List.of("jacobian", "projected", "gradient norm")) {
      double[] probabilities =
          DoubleStream.of(densities.get(kind).toDoubles()).map(Math::exp).toArray();
      assertThat(DoubleStream.of(probabilities).min().orElseThrow()).isPositive();
      assertClose(DoubleStream.of(probabilities).sum(), 1);
    }
  }

  @Property(seed = "51", tries = 20)
  void isUnchangedWhenTheFunctionIsScaled(@ForAll long seed) {
    Map<String, Array> densities = at(seed);
    assertClose(densities.get("jacobian scaled"), densities.get("jacobian"));
    assertClose(densities.get("projected scaled"), densities.get("projected"));
  }

  @Property(seed = "52", tries = 20)
  void isUnchangedWhenTheLossIsScaled(@ForAll long seed) {
    Map<String, Array> densities = at(seed);
    assertClose(densities.get("gradient norm scaled"), densities.get("gradient norm"));
    assertClose(densities.get("divergence scaled"), densities.get("divergence"));
  }

  /** A linear map stretches space alike everywhere. */
  @Property(seed = "53", tries = 20)
  void isUniformForALinearFunction(@ForAll long seed) {
    assertClose(
        at(seed).get("jacobian linear"), Array.fill(Shape.of(SAMPLES), i -> -Math.log(SAMPLES)));
  }

  /** As many orthonormal directions as outputs are a rotation, which keeps the determinant. */
  @Property(seed = "54", tries = 20)
  void isThatOfTheJacobianWithAllDirections(@ForAll long seed) {
    assertClose(at(seed).get("projected fully"), at(seed).get("jacobian"), 1e-9);
  }
}
