package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Pooling;

/**
 * Convolution and pooling. The convolution {@code y = x * w} is bilinear, so {@code <a, x * w>} is
 * a trilinear form in image, filter and output; each primitive of the family is the form with one
 * place left open, and its adjoints leave another one open. The pooling primitives are linear (max
 * pooling for fixed positions of the maxima) and come in pairs of adjoints.
 */
final class ImageRules {
  private ImageRules() {}

  static RuleTable table() {
    return new RuleTable()
        .rule(
            Convolution.Forward.class,
            (op, y, i, a) ->
                i == 0
                    ? image(op, y.input(0), y.input(1), a)
                    : filter(op, y.input(0), a, y.input(1)))
        .rule(
            Convolution.ImageGradient.class,
            (op, y, i, a) ->
                i == 0 ? filter(op, a, y.input(1), y.input(0)) : output(op, a, y.input(0)))
        .rule(
            Convolution.FilterGradient.class,
            (op, y, i, a) ->
                i == 0 ? image(op, y.input(0), a, y.input(1)) : output(op, y.input(0), a))
        .rule(
            Pooling.Max.class,
            (op, y, i, a) -> Expr.of(new Pooling.MaxScatter(op.geometry()), y.input(0), a))
        .rule(
            Pooling.MaxScatter.class,
            (op, y, i, a) -> Expr.of(new Pooling.MaxGather(op.geometry()), y.input(0), a))
        .rule(
            Pooling.MaxGather.class,
            (op, y, i, a) -> Expr.of(new Pooling.MaxScatter(op.geometry()), y.input(0), a))
        .rule(
            Pooling.Average.class,
            (op, y, i, a) ->
                Expr.of(new Pooling.AverageGradient(op.geometry(), y.input(0).shape()), a))
        .rule(
            Pooling.AverageGradient.class,
            (op, y, i, a) -> Expr.of(new Pooling.Average(op.geometry()), a));
  }

  private static Expr output(Convolution op, Expr image, Expr filter) {
    return Expr.of(new Convolution.Forward(op.window()), image, filter);
  }

  /** The form with the image left open, which has the shape of {@code like}. */
  private static Expr image(Convolution op, Expr like, Expr filter, Expr output) {
    return Expr.of(new Convolution.ImageGradient(op.window(), like.shape()), filter, output);
  }

  /** The form with the filter left open, which has the shape of {@code like}. */
  private static Expr filter(Convolution op, Expr image, Expr output, Expr like) {
    return Expr.of(new Convolution.FilterGradient(op.window(), like.shape()), image, output);
  }
}
