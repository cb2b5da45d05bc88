package io.github.bilevel4j.layer;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.BatchNormalized;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Batch normalization (Ioffe and Szegedy 2015), {@code y = (x - mean) / sqrt(variance + 1e-5)
 * weight + bias} for each channel, the last axis; mean and variance are over all other axes.
 *
 * <p>With batch statistics the variance is the biased one, and the running statistics move a tenth
 * of the way to the batch's mean and unbiased variance, as in PyTorch. On several replicas the
 * batch is that of all ({@code SyncBatchNorm} there). The variables are {@code weight} and {@code
 * bias} unless it is not affine, and the state {@code running_mean} and {@code running_var}, all
 * {@code [channels]}.
 */
public record BatchNorm(int channels, boolean affine) implements LayerSpec {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;
  private static final String MEAN = "running_mean";
  private static final String VARIANCE = "running_var";

  /** With a trained scale and shift. */
  public static BatchNorm over(int channels) {
    return new BatchNorm(channels, true);
  }

  /** With or without a trained scale and shift. */
  public BatchNorm affine(boolean newAffine) {
    return new BatchNorm(channels, newAffine);
  }

  /**
   * Those of a network's variables that belong to its normalization layers: scales, shifts and
   * running statistics.
   */
  public static Variables variablesAmong(Variables network) {
    return network.where(
        key -> network.names().contains(key.substring(0, key.lastIndexOf('/') + 1) + VARIANCE));
  }

  /** Whether a key is that of a running mean or a running variance. */
  public static boolean isStatistic(String key) {
    return key.endsWith(MEAN) || key.endsWith(VARIANCE);
  }

  @Override
  public Layer init(Scope scope) {
    Shape shape = Shape.of(channels);
    Expr mean = scope.variable(MEAN, shape, Initializer.zeros());
    Expr variance = scope.variable(VARIANCE, shape, Initializer.ones());
    Variables state = Variables.of(mean, variance);
    if (!affine) {
      return Layer.of(
          Variables.none(),
          state,
          (v, x, pass) ->
              normalized(
                  x, Expr.filled(1, shape), Expr.filled(0, shape), pass, Moments.of(state, v)));
    }
    String weight = scope.name("weight");
    String bias = scope.name("bias");
    return Layer.of(
        Variables.of(
            Expr.variable(weight, shape, Initializer.ones()),
            Expr.variable(bias, shape, Initializer.zeros())),
        state,
        (v, x, pass) -> normalized(x, v.get(weight), v.get(bias), pass, Moments.of(state, v)));
  }

  private Expr normalized(Expr x, Expr weight, Expr bias, Pass pass, Moments running) {
    requireChannels(x);
    if (!pass.usesBatchStatistics()) {
      Expr scale = running.scale(weight);
      return scaled(x, scale).plus(bias.minus(running.mean.times(scale)));
    }
    double count = count(x);
    count *= pass.replicas();
    BatchNormalized batch =
        pass.replicas() == 1
            ? BatchNormalized.of(x, weight, bias, EPSILON)
            : synchronizedAcross(pass.replicas(), x, weight, bias);
    pass.updateRunning(running.mean, batch.mean(), MOMENTUM);
    pass.updateRunning(running.variance, batch.variance().times(count / (count - 1)), MOMENTUM);
    return batch.output();
  }

  /** The variance is taken from centered values, which do not cancel in single precision. */
  private static BatchNormalized synchronizedAcross(int replicas, Expr x, Expr weight, Expr bias) {
    int[] axes = IntStream.range(0, x.shape().rank() - 1).toArray();
    Expr mean = x.mean(axes).allMean(replicas);
    Expr centered = x.minus(mean);
    Expr variance = centered.squared().mean(axes).allMean(replicas);
    Expr scale = weight.dividedBy(variance.plus(EPSILON).sqrt());
    return new BatchNormalized(centered.times(scale).plus(bias), mean, variance);
  }

  /** Of a convolution the filters are scaled if they are fewer numbers than its output. */
  private static Expr scaled(Expr x, Expr scale) {
    return x.op() instanceof Convolution.Forward && x.input(1).shape().size() < x.shape().size()
        ? Expr.of(x.op(), x.input(0), x.input(1).times(scale))
        : x.times(scale);
  }

  private void requireChannels(Expr x) {
    if (x.shape().rank() < 2 || x.shape().dim(-1) != channels) {
      throw UsageError.in("batch norm")
          .because("the input should be [n, ..., %d]", channels)
          .row("input", x.label(), x.shape().toString())
          .maybe("the layer before it has another number of outputs.");
    }
  }

  /** Number of values of each channel. */
  private double count(Expr x) {
    long count = x.shape().size() / channels;
    if (count < 2) {
      throw UsageError.in("batch norm")
          .because("a batch with one value for each channel has no variance")
          .row("input", x.label(), x.shape().toString())
          .maybe("the batch should be larger, or Pass.evaluation() was meant.");
    }
    return count;
  }

  /** Mean and variance of each channel. */
  private record Moments(Expr mean, Expr variance) {

    /** The running statistics, or those given in their place. */
    static Moments of(Variables state, Vector values) {
      List<Expr> current =
          state.leaves().entrySet().stream()
              .map(leaf -> values.components().getOrDefault(leaf.getKey(), leaf.getValue()))
              .toList();
      return new Moments(current.get(0), current.get(1));
    }

    Expr scale(Expr weight) {
      return weight.dividedBy(variance.plus(EPSILON).sqrt());
    }
  }
}
