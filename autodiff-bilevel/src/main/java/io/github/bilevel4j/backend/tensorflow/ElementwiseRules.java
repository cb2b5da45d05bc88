package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Guards.Guard;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Shape;
import org.tensorflow.Output;

/** Element by element functions. They act on values before broadcasting, to compute each once. */
final class ElementwiseRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Unary.class, ElementwiseRules::unary),
          rule(Power.class, ElementwiseRules::power),
          rule(Binary.class, ElementwiseRules::binary),
          rule(Select.class, ElementwiseRules::select),
          rule(Cond.class, ElementwiseRules::cond),
          rule(Detach.class, (op, node, in) -> in.lowered(node.input(0))));

  private static final ImmutableMap<Unary, String> UNARY =
      ImmutableMap.<Unary, String>builder()
          .put(Unary.NEGATE, "Neg")
          .put(Unary.ABS, "Abs")
          .put(Unary.SIGN, "Sign")
          .put(Unary.SQUARE, "Square")
          .put(Unary.SQRT, "Sqrt")
          .put(Unary.EXP, "Exp")
          .put(Unary.LOG, "Log")
          .put(Unary.SIN, "Sin")
          .put(Unary.COS, "Cos")
          .put(Unary.TANH, "Tanh")
          .put(Unary.SIGMOID, "Sigmoid")
          .put(Unary.SOFTPLUS, "Softplus")
          .put(Unary.RELU, "Relu")
          .put(Unary.FLOOR, "Floor")
          .buildOrThrow();

  private static final ImmutableMap<Binary, String> BINARY =
      ImmutableMap.<Binary, String>builder()
          .put(Binary.ADD, "AddV2")
          .put(Binary.SUBTRACT, "Sub")
          .put(Binary.MULTIPLY, "Mul")
          .put(Binary.DIVIDE, "RealDiv")
          .put(Binary.MAXIMUM, "Maximum")
          .put(Binary.MINIMUM, "Minimum")
          .put(Binary.GREATER, "Greater")
          .put(Binary.GREATER_OR_EQUAL, "GreaterEqual")
          .put(Binary.EQUAL, "Equal")
          .buildOrThrow();

  private static final ImmutableMap<Double, String> POWER =
      ImmutableMap.of(2.0, "Square", 0.5, "Sqrt");

  private ElementwiseRules() {}

  private static Lowered unary(Unary op, Expr node, Lowering in) {
    Lowered operand = in.lowered(node.input(0));
    if (op == Unary.HEAVISIDE) {
      return Lowered.mask(in.op("Greater", in.numbers(operand), in.scalar(0)), operand.shape());
    }
    if (op == Unary.RELU && operand.isRounded()) {
      return Lowered.of(in.op("Relu", operand.output()), operand.shape());
    }
    if (op == Unary.GUARDED_SQRT) {
      Output<?> x = in.numbers(operand);
      Output<?> zero = in.op("LessEqual", x, in.scalar(0));
      return Lowered.of(in.op("SelectV2", zero, in.scalar(0), in.op("Sqrt", x)), operand.shape());
    }
    if (op == Unary.RECIPROCAL) {
      return Lowered.of(reciprocal(in.numbers(operand), in), operand.shape());
    }
    return Lowered.of(in.op(UNARY.get(op), in.numbers(operand)), operand.shape());
  }

  /**
   * TensorFlow's own reciprocals of roots and of numbers are approximate in single precision, and
   * infinities, some of the wrong sign, where x is below the smallest normal number.
   */
  private static Output<?> reciprocal(Output<?> x, Lowering in) {
    return in.op("RealDiv", in.scalar(1), x);
  }

  private static Lowered power(Power op, Expr node, Lowering in) {
    Lowered operand = in.lowered(node.input(0));
    Output<?> x = in.numbers(operand);
    if (op.exponent() == -1) {
      return Lowered.of(reciprocal(x, in), operand.shape());
    }
    if (op.exponent() == -0.5) {
      return Lowered.of(reciprocal(in.op("Sqrt", x), in), operand.shape());
    }
    String cheaper = POWER.get(op.exponent());
    Output<?> power =
        cheaper == null ? in.op("Pow", x, in.scalar(op.exponent())) : in.op(cheaper, x);
    return Lowered.of(power, operand.shape());
  }

  private static Lowered binary(Binary op, Expr node, Lowering in) {
    Lowered left = in.lowered(node.input(0));
    Lowered right = in.lowered(node.input(1));
    if (op == Binary.MULTIPLY && left.shape().equals(right.shape())) {
      if (node.input(0).op() == Unary.HEAVISIDE) {
        return timesStep(right, node.input(0), in);
      }
      if (node.input(1).op() == Unary.HEAVISIDE) {
        return timesStep(left, node.input(1), in);
      }
    }
    Shape shape = left.shape().broadcastWith(right.shape()).orElseThrow();
    if (op == Binary.ADD && left.shape().equals(right.shape()) && in.areRounded(node.inputs())) {
      return Lowered.of(in.op("AddV2", left.output(), right.output()), shape);
    }
    if (op == Binary.ADD && isBiasOf(right, left) && isConvolved(node.input(0))) {
      return Lowered.of(in.op("AddV2", left.output(), in.rounded(right)), shape);
    }
    if (op == Binary.ADD && isBiasOf(left, right) && isConvolved(node.input(1))) {
      return Lowered.of(in.op("AddV2", in.rounded(left), right.output()), shape);
    }
    return new Lowered(
        in.op(BINARY.get(op), in.numbers(left), in.numbers(right)), shape, op.isComparison());
  }

  /**
   * Whether it is a convolution, or a sum of such as in derivatives of one, so that what each
   * channel has added is its bias. Of an adjoint it may be the mean's part: that is small beside
   * the others, has the same sign everywhere, and must not be lost to rounding.
   */
  private static boolean isConvolved(Expr node) {
    return node.op() instanceof Convolution.Forward
        || (node.op() == Binary.ADD && node.inputs().stream().allMatch(i -> isConvolved(i)));
  }

  /** Whether one has a number for each channel of the other, which is rounded. */
  private static boolean isBiasOf(Lowered bias, Lowered images) {
    return images.isRounded()
        && images.shape().rank() == 4
        && bias.shape().rank() > 0
        && bias.shape().size() == bias.shape().dim(-1)
        && bias.shape().dim(-1) == images.shape().dim(-1);
  }

  /** {@code factor * step(x)} in one pass over memory: the derivative of the rectifier. */
  private static Lowered timesStep(Lowered factor, Expr step, Lowering in) {
    Lowered x = in.lowered(step.input(0));
    return Lowered.of(
        factor.isRounded() && x.isRounded()
            ? in.op("ReluGrad", factor.output(), x.output())
            : in.op("ReluGrad", in.numbers(factor), in.numbers(x)),
        factor.shape());
  }

  /** The one branch that has a value. It passes its switch even if it is made of constants. */
  private static Lowered cond(Cond op, Expr node, Lowering in) {
    Expr predicate = in.first(node.input(0));
    Lowering.Branch whenTrue = in.branch(new Guard(predicate, true));
    Lowering.Branch whenFalse = in.branch(new Guard(predicate, false));
    Output<?>[] either = {
      whenTrue.switched(whenTrue.value(node.input(1))),
      whenFalse.switched(whenFalse.value(node.input(2)))
    };
    return Lowered.of(
        in.operation("Merge", builder -> builder.addInputList(either)).output(0), node.shape());
  }

  /**
   * Whether a choice is {@code n / d}, or zero where d is, in the form that keeps derivatives
   * finite: {@code d == 0 ? 0 : n / (d == 0 ? 1 : d)}.
   */
  private static boolean isQuotientOrZero(Expr node) {
    Expr zero = node.input(0);
    Expr quotient = node.input(2);
    if (zero.op() != Binary.EQUAL
        || quotient.op() != Binary.DIVIDE
        || !(quotient.input(1).op() instanceof Select)) {
      return false;
    }
    Expr divisor = quotient.input(1);
    return isNumber(zero.input(1), 0)
        && isNumber(node.input(1), 0)
        && divisor.input(0).equals(zero)
        && isNumber(divisor.input(1), 1)
        && divisor.input(2).equals(zero.input(0));
  }

  private static boolean isNumber(Expr node, double number) {
    Expr repeated = node.op() instanceof BroadcastTo ? node.input(0) : node;
    return repeated.op() instanceof Leaf.Constant constant
        && constant.value().size() == 1
        && constant.value().at(0) == number;
  }

  private static Lowered select(Select op, Expr node, Lowering in) {
    if (isQuotientOrZero(node)) {
      Lowered numerator = in.lowered(node.input(2).input(0));
      Lowered denominator = in.lowered(node.input(0).input(0));
      return Lowered.of(
          in.op("DivNoNan", in.numbers(numerator), in.numbers(denominator)),
          numerator.shape().broadcastWith(denominator.shape()).orElseThrow());
    }
    Lowered mask = in.lowered(node.input(0));
    Lowered whereTrue = in.lowered(node.input(1));
    Lowered whereFalse = in.lowered(node.input(2));
    Shape shape =
        mask.shape()
            .broadcastWith(whereTrue.shape())
            .flatMap(both -> both.broadcastWith(whereFalse.shape()))
            .orElseThrow();
    return Lowered.of(
        in.op("SelectV2", in.mask(mask), in.numbers(whereTrue), in.numbers(whereFalse)), shape);
  }
}
