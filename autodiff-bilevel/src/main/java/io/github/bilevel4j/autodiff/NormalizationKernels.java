package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.BatchNormalization.Forward;
import io.github.bilevel4j.op.BatchNormalization.Gradient;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/** Batch normalization. */
final class NormalizationKernels {
  private NormalizationKernels() {}

  static void register(Kernels kernels) {
    kernels
        .kernel(
            Forward.class,
            (op, shape, in) -> {
              Array x = in.get(0);
              int channels = in.get(1).shape().dim(0);
              double rows = BatchNormalization.rows(x.shape());
              double[] mean = sums(x, channels, i -> x.at(i) / rows);
              double[] variance =
                  sums(x, channels, i -> Math.pow(x.at(i) - mean[i % channels], 2) / rows);
              if (rows == 0) {
                Arrays.fill(mean, Double.NaN);
                Arrays.fill(variance, Double.NaN);
              }
              return switch (op.result()) {
                case MEAN -> Array.wrap(shape, mean);
                case VARIANCE -> Array.wrap(shape, variance);
                case OUTPUT ->
                    Array.fill(
                        shape,
                        i -> {
                          int c = i % channels;
                          double h = (x.at(i) - mean[c]) / Math.sqrt(variance[c] + op.epsilon());
                          return h * in.get(1).at(c) + in.get(2).at(c);
                        });
              };
            })
        .kernel(
            Gradient.class,
            (op, shape, in) -> {
              Array x = in.get(0);
              Array a = in.get(4);
              int channels = in.get(1).shape().dim(0);
              IntToDoubleFunction root = i -> Math.sqrt(in.get(3).at(i % channels) + op.epsilon());
              IntToDoubleFunction h =
                  i -> (x.at(i) - in.get(2).at(i % channels)) / root.applyAsDouble(i);
              double rows = BatchNormalization.rows(x.shape());
              double[] sum = sums(a, channels, a::at);
              double[] product = sums(a, channels, i -> a.at(i) * h.applyAsDouble(i));
              return switch (op.of()) {
                case SCALE -> Array.wrap(shape, product);
                case OFFSET -> Array.wrap(shape, sum);
                case X ->
                    Array.fill(
                        shape,
                        i -> {
                          int c = i % channels;
                          return (a.at(i) - (sum[c] + h.applyAsDouble(i) * product[c]) / rows)
                              * in.get(1).at(c)
                              / root.applyAsDouble(i);
                        });
              };
            });
  }

  /** The sum of each channel of some values, one for each element of an array. */
  private static double[] sums(Array array, int channels, IntToDoubleFunction value) {
    int size = (int) array.shape().size();
    double[] sums = new double[channels];
    for (int i = 0; i < size; i++) {
      sums[i % channels] += value.applyAsDouble(i);
    }
    return sums;
  }
}
