package io.github.bilevel4j.op;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Batch normalization (Ioffe and Szegedy 2015) of {@code x [..., channels]} with the statistics of
 * its {@code n} rows, and its gradient for given statistics. The primitives of one normalization
 * have the same inputs, so that a device computes them in one pass over {@code x}.
 *
 * <p>With {@code h = (x - mean) / sqrt(variance + epsilon)}, sums and means over all axes but the
 * last.
 */
public sealed interface BatchNormalization extends Op {

  /** What is added to the variance under the root. */
  double epsilon();

  /** The axes of {@code x} over which its statistics are taken: all but the last. */
  static int[] rowAxes(Shape x) {
    return IntStream.range(0, x.rank() - 1).toArray();
  }

  /** The number of rows of {@code x}, of which each has one value for a channel. */
  static long rows(Shape x) {
    return x.sub(0, x.rank() - 1).size();
  }

  /**
   * {@code (x, scale, offset) ->} one of the results, each of scale and offset {@code [channels]}.
   */
  record Forward(double epsilon, Result result) implements BatchNormalization {
    /** Refuses an epsilon that is not positive. */
    public Forward {
      Require.in("batch norm").positive("epsilon", epsilon);
    }

    /** What a normalization gives. */
    public enum Result {
      /** {@code h scale + offset}. */
      OUTPUT,
      /** The mean of each channel. */
      MEAN,
      /** The variance of each channel, with divisor {@code n}. */
      VARIANCE
    }

    /** Another result of the same normalization. */
    public Forward with(Result other) {
      return new Forward(epsilon, other);
    }

    @Override
    public String label() {
      return switch (result) {
        case OUTPUT -> "batch norm";
        case MEAN -> "batch norm mean";
        case VARIANCE -> "batch norm variance";
      };
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      Operand x = operands.get(0);
      requireOneForEachChannel(label(), x, operands.subList(1, 3));
      return result == Result.OUTPUT ? x.shape() : operands.get(1).shape();
    }

    @Override
    public boolean isDifferentiableIn(int input) {
      return input == 0 || result == Result.OUTPUT;
    }
  }

  /**
   * {@code (x, scale, mean, variance, a) ->} one of the adjoints, where {@code a} is that of the
   * output. Mean and variance may be any {@code [channels]}; if they are those of {@code x}, this
   * is the gradient of {@link Forward}.
   */
  record Gradient(double epsilon, Of of) implements BatchNormalization {
    /** Refuses an epsilon that is not positive. */
    public Gradient {
      Require.in("batch norm").positive("epsilon", epsilon);
    }

    /** Whose adjoint. */
    public enum Of {
      /** {@code (a - mean(a) - h mean(a h)) scale / sqrt(variance + epsilon)}. */
      X,
      /** {@code sum(a h)}. */
      SCALE,
      /** {@code sum(a)}. */
      OFFSET
    }

    /** Another adjoint of the same normalization. */
    public Gradient with(Of other) {
      return new Gradient(epsilon, other);
    }

    @Override
    public String label() {
      return switch (of) {
        case X -> "batch norm gradient";
        case SCALE -> "batch norm scale gradient";
        case OFFSET -> "batch norm offset gradient";
      };
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      Operand x = operands.get(0);
      requireOneForEachChannel(label(), x, operands.subList(1, 4));
      OperandChecks.requireShape(label(), operands.get(4), x.shape());
      return of == Of.X ? x.shape() : operands.get(1).shape();
    }

    @Override
    public boolean isDifferentiableIn(int input) {
      return switch (of) {
        case X -> true;
        case SCALE -> input != 1;
        case OFFSET -> input == 4;
      };
    }
  }

  private static void requireOneForEachChannel(
      String operation, Operand x, List<? extends Operand> perChannel) {
    OperandChecks.requireRank(operation, x, 2);
    Shape channels = Shape.of(x.shape().dim(-1));
    for (Operand each : perChannel) {
      if (!each.shape().equals(channels)) {
        UsageError.Message mistake =
            UsageError.in(operation)
                .because(
                    "there should be %d numbers, one for each channel of x", x.shape().dim(-1));
        OperandChecks.row(mistake, "x", x);
        throw OperandChecks.row(mistake, "numbers", each)
            .maybe("the channels of x are not its last axis.");
      }
    }
  }
}
