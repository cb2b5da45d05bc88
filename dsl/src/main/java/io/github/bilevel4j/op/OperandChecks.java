package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;

/** Rows of operands for the messages of shape rules. */
final class OperandChecks {
  private OperandChecks() {}

  static UsageError.Message row(UsageError.Message mistake, String role, Operand operand) {
    return mistake.row(role, operand.label(), operand.shape().toString());
  }

  /** Fails unless the operand has at least the given rank. */
  static void requireRank(String operation, Operand operand, int rank) {
    if (operand.shape().rank() < rank) {
      throw row(
              UsageError.in(operation)
                  .because("needs rank %d or more, got %d", rank, operand.shape().rank()),
              "operand",
              operand)
          .maybe("a reshape is missing.");
    }
  }

  /** Fails unless the operand has exactly the given rank. */
  static void requireExactRank(String operation, Operand operand, int rank, String layout) {
    if (operand.shape().rank() != rank) {
      throw row(
              UsageError.in(operation)
                  .because("needs rank %d %s, got %d", rank, layout, operand.shape().rank()),
              "operand",
              operand)
          .maybe("a reshape is missing.");
    }
  }

  /** Fails unless the operand has an axis, counted from the front as primitives have it. */
  static void requireAxis(String operation, Operand operand, int axis) {
    if (operand.shape().axis(axis) != axis) {
      throw row(
              UsageError.in(operation).because("axis %d is not counted from the front", axis),
              "operand",
              operand)
          .maybe("axis %d was meant.", operand.shape().axis(axis));
    }
  }

  /** Fails unless an attribute has one number for each axis of the operand. */
  static void requireOneForEachAxis(String operation, Operand operand, int count) {
    if (operand.shape().rank() != count) {
      throw row(
              UsageError.in(operation)
                  .because("there are %d numbers for %d axes", count, operand.shape().rank()),
              "operand",
              operand)
          .maybe("a number for each axis was meant, zero where nothing is to be done.");
    }
  }

  /** Fails unless the operand has a given shape. */
  static void requireShape(String operation, Operand operand, Shape shape) {
    if (!operand.shape().equals(shape)) {
      throw row(UsageError.in(operation).because("needs the shape %s", shape), "operand", operand)
          .error();
    }
  }

  /** Fails unless the last two axes are square. */
  static void requireSquare(String operation, Operand operand) {
    requireRank(operation, operand, 2);
    if (operand.shape().dim(-1) != operand.shape().dim(-2)) {
      throw row(
              UsageError.in(operation)
                  .because(
                      "needs square matrices, got %d x %d",
                      operand.shape().dim(-2), operand.shape().dim(-1)),
              "operand",
              operand)
          .maybe("a Gram matrix such as x.transposed().matmul(x) was meant.");
    }
  }

  /** Fails unless the left side has square matrices with one row for each row of the right side. */
  static void requireSystem(String operation, String role, Operand left, Operand right) {
    requireSquare(operation, left);
    requireRank(operation, right, 2);
    Shape a = left.shape();
    Shape b = right.shape();
    if (a.rank() != b.rank() || !a.sub(0, a.rank() - 1).equals(b.sub(0, b.rank() - 1))) {
      UsageError.Message mistake =
          UsageError.in(operation).because("the %s's rows and the right side's differ", role);
      row(mistake, role, left);
      throw row(mistake, "right side", right)
          .maybe("the right side is transposed, or lacks its batch axes.");
    }
  }
}
