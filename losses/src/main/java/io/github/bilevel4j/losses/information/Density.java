package io.github.bilevel4j.losses.information;

import com.google.common.collect.Multimaps;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Jacobians;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Densities that a map {@code z_i = f(x_i)} gives the samples of a batch whose {@code x_i} are
 * equally likely, as distributions over the batch. By the change of variables {@code p(z_i) ~
 * p(x_i) / sqrt det(J_i J_i^T)} with the Jacobian {@code J_i} of f at sample i,
 *
 * <pre>
 * log P_i = log softmax_i( -1/2 log det(J_i J_i^T) ).
 * </pre>
 *
 * <p>Results are log-probabilities {@code [n]}. The function must act on each sample by itself:
 * batch statistics must not be taken in it.
 *
 * <p>Source: "On the generalization and causal explanation in self-supervised learning" (UMM),
 * 2024.
 */
public final class Density {
  private static final double JITTER = 1e-6;
  private static final double SMALLEST_NORM = 1e-12;

  private Density() {}

  /** The logarithm of the uniform density, that of samples as they were drawn. */
  public static Expr uniform(Shape shape) {
    return Distributions.uniformLog(shape);
  }

  /**
   * The density of samples whose logarithmic volumes {@code log V_i} are known, {@code log
   * softmax_i(-log V_i)}, {@code [n]}. Volumes of several batches, or of several replicas, may be
   * joined before.
   */
  public static Expr ofLogVolumes(Expr logVolumes) {
    return logVolumes.negated().logSoftmax(0);
  }

  /**
   * {@link #jacobian(UnaryOperator, Expr, double)} with a jitter of 1e-6.
   *
   * @throws IllegalArgumentException if the function does not keep the number of samples
   */
  public static Expr jacobian(UnaryOperator<Expr> f, Expr x) {
    return jacobian(f, x, JITTER);
  }

  /**
   * {@code log softmax_i(-1/2 log det(J_i J_i^T + jitter I))} of the whole Jacobians, {@code [n]}.
   * One reverse pass for each output of f.
   *
   * @throws IllegalArgumentException if the function does not keep the number of samples, or if the
   *     jitter is negative
   */
  public static Expr jacobian(UnaryOperator<Expr> f, Expr x, double jitter) {
    return ofLogVolumes(halfLogDeterminants(f, x, jitter));
  }

  /**
   * {@link #halfLogDeterminants(UnaryOperator, Expr, double)} with a jitter of 1e-6, for the
   * samples of several batches, which may differ in shape: {@code [n1 + n2 + ...]}, those of one
   * shape next to each other.
   *
   * @throws IllegalArgumentException if the function does not keep the number of samples
   */
  public static Expr halfLogDeterminants(UnaryOperator<Expr> f, List<Expr> x) {
    return ofBatches(x, each -> halfLogDeterminants(f, each, JITTER));
  }

  /**
   * {@link #projectedJacobian(UnaryOperator, Expr, int, RandomKey, double)} with a jitter of 1e-6.
   *
   * @throws IllegalArgumentException if r is not in {@code 1..d_out}
   */
  public static Expr projectedJacobian(UnaryOperator<Expr> f, Expr x, int r, RandomKey randomness) {
    return projectedJacobian(f, x, r, randomness, JITTER);
  }

  /**
   * The logarithmic volumes of {@link #projectedJacobian(UnaryOperator, Expr, int, RandomKey)} for
   * the samples of several batches, which may differ in shape, in the same directions: {@code [n1 +
   * n2 + ...]}, those of one shape next to each other.
   *
   * @throws IllegalArgumentException if r is not in {@code 1..d_out}
   */
  public static Expr projectedHalfLogDeterminants(
      UnaryOperator<Expr> f, List<Expr> x, int r, RandomKey randomness) {
    Map<Integer, Expr> directions = new HashMap<>();
    return ofBatches(
        x,
        each -> {
          int outputs = outputs(f, each, r);
          Expr shared =
              directions.computeIfAbsent(outputs, d -> orthonormalRows(randomness.normal(r, d)));
          return halfLogDeterminants(Jacobians.projected(f, each, shared), JITTER);
        });
  }

  /**
   * {@link #jacobian} with {@code Q J_i} in place of {@code J_i}, where the r rows of {@code Q} are
   * random orthonormal directions in the space of a sample's output: {@code Q = L^-1 G} for a
   * Gaussian {@code G [r, d_out]} and {@code L L^T = G G^T}. One reverse pass for each direction.
   *
   * @throws IllegalArgumentException if r is not in {@code 1..d_out}, or as {@link #jacobian}
   */
  public static Expr projectedJacobian(
      UnaryOperator<Expr> f, Expr x, int r, RandomKey randomness, double jitter) {
    Require.in("Density.jacobian").notNegative("jitter", jitter);
    Expr directions = orthonormalRows(randomness.normal(r, outputs(f, x, r)));
    return ofLogVolumes(halfLogDeterminants(Jacobians.projected(f, x, directions), jitter));
  }

  /** The number of a sample's outputs, if r directions are possible among them. */
  private static int outputs(UnaryOperator<Expr> f, Expr x, int r) {
    Expr y = f.apply(x);
    int outputs = Math.toIntExact(y.shape().size() / x.shape().dim(0));
    if (r < 1 || r > outputs) {
      throw UsageError.in("Density.projectedJacobian")
          .because("the number of directions must be in 1..%d, got %d", outputs, r)
          .row("x", x.label(), x.shape().toString())
          .row("f(x)", y.label(), y.shape().toString())
          .maybe("Density.jacobian, which uses all %d, was meant.", outputs);
    }
    return outputs;
  }

  /**
   * {@code log softmax_i(-log |d loss / d x_i|)}, {@code [n]}: the published program's density,
   * which puts the gradient of the scalar loss in place of the Jacobian. Norms below 1e-12 count as
   * 1e-12. The density does not change when the loss is scaled.
   *
   * @param x the representation, or that of each view: its samples are joined, {@code [n1 + n2 +
   *     ...]}
   * @throws IllegalArgumentException if the loss is not a scalar or does not depend on x
   */
  public static Expr gradientNorm(Expr loss, Expr... x) {
    return ofLogVolumes(logGradientNorms(loss, x));
  }

  /**
   * {@code log |d loss / d x_i|}, {@code [n1 + n2 + ...]}, which {@link #gradientNorm} takes for
   * logarithmic volumes. Norms below 1e-12 count as 1e-12.
   *
   * @throws IllegalArgumentException if the loss is not a scalar or does not depend on x
   */
  public static Expr logGradientNorms(Expr loss, Expr... x) {
    Expr[] squaredNorms =
        Arrays.stream(x).map(each -> squaredGradientNorms(loss, each)).toArray(Expr[]::new);
    return Expr.concat(0, squaredNorms).maximum(SMALLEST_NORM * SMALLEST_NORM).log().dividedBy(2);
  }

  /**
   * {@code 1/2 log det(J_i J_i^T + jitter I)} for each sample, {@code [n]}, the log-volume that f
   * gives a unit cube; with {@code J_i^T J_i} if f has more outputs than inputs. Without jitter the
   * Jacobians must have full rank.
   *
   * @throws IllegalArgumentException if the function does not keep the number of samples, or if the
   *     jitter is negative
   */
  public static Expr halfLogDeterminants(UnaryOperator<Expr> f, Expr x, double jitter) {
    Require.in("Density.jacobian").notNegative("jitter", jitter);
    return halfLogDeterminants(Jacobians.perSample(f, x), jitter);
  }

  /** Batches of one shape are joined first: their Jacobians then take the same passes. */
  private static Expr ofBatches(List<Expr> x, UnaryOperator<Expr> logVolumes) {
    Expr[] parts =
        Multimaps.index(x, each -> each.shape().withDim(0, 1)).asMap().values().stream()
            .map(batches -> logVolumes.apply(Expr.concat(0, batches.toArray(Expr[]::new))))
            .toArray(Expr[]::new);
    return Expr.concat(0, parts);
  }

  private static Expr halfLogDeterminants(Expr jacobians, double jitter) {
    return DualGram.of(jacobians).plusDiagonal(jitter).logDeterminant().dividedBy(2);
  }

  private static Expr orthonormalRows(Expr g) {
    return g.rowGram().cholesky().triangularSolve(g);
  }

  private static Expr squaredGradientNorms(Expr loss, Expr x) {
    if (!loss.reaches(x)) {
      throw UsageError.in("Density.gradientNorm")
          .because("the loss does not depend on the representation")
          .row("loss", loss.label(), loss.shape().toString())
          .row("x", x.label(), x.shape().toString())
          .maybe("it was computed from another expression, or from this one detached.");
    }
    return loss.gradient(x).flattened().squared().sum(1);
  }
}
