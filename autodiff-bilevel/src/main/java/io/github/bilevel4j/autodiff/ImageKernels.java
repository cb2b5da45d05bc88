package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;

/** Convolution and pooling of NHWC images. */
final class ImageKernels {
  private ImageKernels() {}

  /** A term {@code image * filter * output} of the convolution's trilinear form, by positions. */
  @FunctionalInterface
  private interface Term {
    void visit(int image, int filter, int output);
  }

  /** An element of an image and the window in which it lies, by positions. */
  @FunctionalInterface
  private interface Member {
    void visit(int image, int output);
  }

  static void register(Kernels kernels) {
    kernels
        .kernel(
            Convolution.Forward.class,
            (op, shape, in) -> {
              double[] sums = new double[(int) shape.size()];
              Array x = in.get(0);
              Array w = in.get(1);
              forEachTerm(
                  op.window(),
                  x.shape(),
                  w.shape(),
                  shape,
                  (i, f, o) -> sums[o] += x.at(i) * w.at(f));
              return Array.wrap(shape, sums);
            })
        .kernel(
            Convolution.ImageGradient.class,
            (op, shape, in) -> {
              double[] sums = new double[(int) shape.size()];
              Array w = in.get(0);
              Array y = in.get(1);
              forEachTerm(
                  op.window(),
                  shape,
                  w.shape(),
                  y.shape(),
                  (i, f, o) -> sums[i] += w.at(f) * y.at(o));
              return Array.wrap(shape, sums);
            })
        .kernel(
            Convolution.FilterGradient.class,
            (op, shape, in) -> {
              double[] sums = new double[(int) shape.size()];
              Array x = in.get(0);
              Array y = in.get(1);
              forEachTerm(
                  op.window(),
                  x.shape(),
                  shape,
                  y.shape(),
                  (i, f, o) -> sums[f] += x.at(i) * y.at(o));
              return Array.wrap(shape, sums);
            })
        .kernel(
            Pooling.Max.class,
            (op, shape, in) -> {
              double[] largest = new double[(int) shape.size()];
              Arrays.fill(largest, Double.NEGATIVE_INFINITY);
              forEachMember(
                  op.geometry(),
                  in.get(0).shape(),
                  shape,
                  (i, o) -> largest[o] = Math.max(largest[o], in.get(0).at(i)));
              return Array.wrap(shape, largest);
            })
        .kernel(
            Pooling.MaxGather.class,
            (op, shape, in) -> {
              int[] best = largest(op.geometry(), in.get(0), shape);
              return Array.fill(shape, o -> in.get(1).at(best[o]));
            })
        .kernel(
            Pooling.MaxScatter.class,
            (op, shape, in) -> {
              int[] best = largest(op.geometry(), in.get(0), in.get(1).shape());
              double[] sums = new double[(int) shape.size()];
              for (int o = 0; o < best.length; o++) {
                sums[best[o]] += in.get(1).at(o);
              }
              return Array.wrap(shape, sums);
            })
        .kernel(
            Pooling.Average.class,
            (op, shape, in) -> {
              Pooling.Geometry g = op.geometry();
              double[] sums = new double[(int) shape.size()];
              forEachMember(
                  g,
                  in.get(0).shape(),
                  shape,
                  (i, o) -> sums[o] += in.get(0).at(i) / (g.height() * g.width()));
              return Array.wrap(shape, sums);
            })
        .kernel(
            Pooling.AverageGradient.class,
            (op, shape, in) -> {
              Pooling.Geometry g = op.geometry();
              double[] sums = new double[(int) shape.size()];
              forEachMember(
                  g,
                  shape,
                  in.get(0).shape(),
                  (i, o) -> sums[i] += in.get(0).at(o) / (g.height() * g.width()));
              return Array.wrap(shape, sums);
            });
  }

  private static void forEachTerm(
      Window window, Shape image, Shape filter, Shape output, Term term) {
    Index.forEach(
        output,
        o ->
            Index.forEach(
                filter,
                f -> {
                  int row = o[1] * window.strideHeight() - window.top() + f[0];
                  int column = o[2] * window.strideWidth() - window.left() + f[1];
                  boolean inside =
                      row >= 0 && row < image.dim(1) && column >= 0 && column < image.dim(2);
                  if (inside && f[3] == o[3]) {
                    term.visit(
                        Index.position(image, o[0], row, column, f[2]),
                        Index.position(filter, f),
                        Index.position(output, o));
                  }
                }));
  }

  private static void forEachMember(
      Pooling.Geometry geometry, Shape image, Shape output, Member member) {
    Index.forEach(
        output,
        o -> {
          for (int i = 0; i < geometry.height(); i++) {
            for (int j = 0; j < geometry.width(); j++) {
              int row = o[1] * geometry.strideHeight() + i;
              int column = o[2] * geometry.strideWidth() + j;
              member.visit(
                  Index.position(image, o[0], row, column, o[3]), Index.position(output, o));
            }
          }
        });
  }

  /** For each window the position of its first largest element. */
  private static int[] largest(Pooling.Geometry geometry, Array image, Shape output) {
    int[] best = new int[(int) output.size()];
    Arrays.fill(best, -1);
    forEachMember(
        geometry,
        image.shape(),
        output,
        (i, o) -> {
          if (best[o] < 0
              || ElementwiseKernels.orInfinite(image.at(i))
                  > ElementwiseKernels.orInfinite(image.at(best[o]))) {
            best[o] = i;
          }
        });
    return best;
  }
}
