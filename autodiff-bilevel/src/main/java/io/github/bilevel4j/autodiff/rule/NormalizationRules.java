package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.BatchNormalization.Forward;
import io.github.bilevel4j.op.BatchNormalization.Gradient;
import io.github.bilevel4j.op.BatchNormalization.Gradient.Of;

/**
 * Batch normalization. The gradient in x is linear in the output's adjoint {@code a} and symmetric,
 * so its adjoint in {@code a} is the gradient of another adjoint {@code b}. For each channel, with
 * {@code h = (x - mean) / sqrt(v)}, {@code v = variance + epsilon} and {@code r = scale / sqrt(v)},
 *
 * <pre>
 * sum(b gradient) = r q,   q = sum(a b) - sum(a) sum(b) / n - sum(a h) sum(b h) / n
 * </pre>
 *
 * <p>and the adjoints in x, scale, mean and variance are the derivatives of that.
 */
final class NormalizationRules {
  private NormalizationRules() {}

  static RuleTable table() {
    return new RuleTable()
        .rule(Forward.class, NormalizationRules::forward)
        .rule(Gradient.class, NormalizationRules::gradient);
  }

  private static Expr forward(Forward op, Expr y, int i, Expr a) {
    Expr x = y.input(0);
    Expr mean = Expr.of(op.with(Forward.Result.MEAN), y.inputs());
    return switch (op.result()) {
      case OUTPUT ->
          Expr.of(
              new Gradient(op.epsilon(), i == 0 ? Of.X : i == 1 ? Of.SCALE : Of.OFFSET),
              x,
              y.input(1),
              mean,
              Expr.of(op.with(Forward.Result.VARIANCE), y.inputs()),
              a);
      case MEAN -> a.dividedBy(rows(x)).broadcastTo(x.shape());
      case VARIANCE -> x.minus(mean).times(a.times(2).dividedBy(rows(x)));
    };
  }

  private static Expr gradient(Gradient op, Expr y, int i, Expr b) {
    Adjoints first = new Adjoints(op, y.input(0), y.input(1), y.input(2), y.input(3), y.input(4));
    return switch (op.of()) {
      case X -> first.ofGradient(i, first.replacing(b));
      case SCALE -> first.ofScale(i, b);
      case OFFSET -> b.broadcastTo(first.a.shape());
    };
  }

  private static double rows(Expr x) {
    return BatchNormalization.rows(x.shape());
  }

  /** The inputs of a gradient. */
  private record Adjoints(Gradient op, Expr x, Expr scale, Expr mean, Expr variance, Expr a) {

    Adjoints replacing(Expr other) {
      return new Adjoints(op, x, scale, mean, variance, other);
    }

    Expr get(Of of) {
      return Expr.of(op.with(of), x, scale, mean, variance, a);
    }

    /** {@code variance + epsilon}. */
    Expr v() {
      return variance.plus(op.epsilon());
    }

    /** The adjoints of the gradient in x, whose own is that of the other. */
    Expr ofGradient(int i, Adjoints other) {
      Expr root = v().sqrt();
      Expr r = scale.dividedBy(root);
      Expr ah = get(Of.SCALE);
      Expr bh = other.get(Of.SCALE);
      double n = rows(x);
      return switch (i) {
        case 0 -> {
          Expr factor = r.dividedBy(root.times(-n));
          yield a.times(bh.times(factor)).plus(other.a.times(ah.times(factor)));
        }
        case 1 -> q(other).dividedBy(root);
        case 2 ->
            get(Of.OFFSET)
                .times(bh)
                .plus(other.get(Of.OFFSET).times(ah))
                .times(r)
                .dividedBy(root.times(n));
        case 3 -> ah.times(bh).dividedBy(n).minus(q(other).times(0.5)).times(r).dividedBy(v());
        default -> other.get(Of.X);
      };
    }

    private Expr q(Adjoints other) {
      Expr products =
          get(Of.OFFSET)
              .times(other.get(Of.OFFSET))
              .plus(get(Of.SCALE).times(other.get(Of.SCALE)))
              .dividedBy(rows(x));
      return a.times(other.a).sum(BatchNormalization.rowAxes(x.shape())).minus(products);
    }

    /** The adjoints of {@code sum(a h)}, whose own is b. */
    Expr ofScale(int i, Expr b) {
      Expr slope = b.dividedBy(v().sqrt());
      return switch (i) {
        case 0 -> a.times(slope);
        case 2 -> get(Of.OFFSET).times(slope).negated();
        case 3 -> get(Of.SCALE).times(b).dividedBy(v().times(-2));
        default -> x.minus(mean).times(slope);
      };
    }
  }
}
