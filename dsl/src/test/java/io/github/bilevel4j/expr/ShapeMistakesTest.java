package io.github.bilevel4j.expr;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a user reads who writes an expression whose shapes do not fit. */
class ShapeMistakesTest {
  private final Expr z1 = Expr.input("z1", 256, 128);
  private final Expr prototypes = Expr.input("prototypes", 256, 3000);
  private final Expr images = Expr.input("images", 8, 32, 32, 3);

  private static void assertMessage(ThrowingCallable call, String... lines) {
    assertThatIllegalArgumentException()
        .isThrownBy(call)
        .withMessage("%s", String.join("\n", lines));
  }

  @Test
  void matmulThatFitsTransposed() {
    Expr transposedPrototypes = Expr.input("prototypes", 3000, 128);
    assertMessage(
        () -> z1.matmul(transposedPrototypes),
        "matmul: inner dimensions differ, 128 and 3000.",
        "  left   z1          [256, 128]",
        "  right  prototypes  [3000, 128]",
        "Maybe prototypes should be [128, 3000].");
  }

  @Test
  void matmulThatDoesNotFit() {
    assertMessage(
        () -> z1.matmul(prototypes),
        "matmul: inner dimensions differ, 128 and 256.",
        "  left   z1          [256, 128]",
        "  right  prototypes  [256, 3000]",
        "Maybe prototypes should be [128, 3000].");
  }

  @Test
  void matmulOfAVector() {
    assertMessage(
        () -> Expr.input("w", 128).matmul(z1),
        "matmul: needs rank 2 or more, got 1.",
        "  operand  w  [128]",
        "Maybe a reshape is missing.");
  }

  @Test
  void batchesThatDiffer() {
    assertMessage(
        () -> Expr.input("a", 4, 2, 3).matmul(Expr.input("b", 5, 3, 2)),
        "matmul: the leading axes differ.",
        "  left   a  [4, 2, 3]",
        "  right  b  [5, 3, 2]",
        "Maybe a broadcastTo is missing.");
  }

  @Test
  void elementwise() {
    assertMessage(
        () -> z1.exp().plus(prototypes),
        "add: shapes [256, 128] and [256, 3000] do not broadcast.",
        "  left   exp(z1)     [256, 128]",
        "  right  prototypes  [256, 3000]",
        "Maybe an axis of size 1 is missing: shapes are aligned at their last axis.");
  }

  @Test
  void select() {
    assertMessage(
        () -> z1.where(prototypes, z1),
        "select: the shapes of mask and branches do not broadcast.",
        "  mask         z1          [256, 128]",
        "  where true   prototypes  [256, 3000]",
        "  where false  z1          [256, 128]",
        "Maybe an axis of size 1 is missing: shapes are aligned at their last axis.");
  }

  @Test
  void newAxis() {
    assertMessage(
        () -> z1.unsqueezed(5),
        "axis: axis 5 does not exist.",
        "  shape  [256, 128, 1]",
        "Maybe an axis in -3..2 was meant.");
  }

  @Test
  void reshape() {
    assertMessage(
        () -> z1.reshape(100, 100),
        "reshape: 32768 elements do not fill [100, 100].",
        "  operand  z1  [256, 128]",
        "Maybe the target should have 32768 elements.");
  }

  @Test
  void axis() {
    assertMessage(
        () -> z1.sum(2),
        "axis: axis 2 does not exist.",
        "  shape  [256, 128]",
        "Maybe an axis in -2..1 was meant.");
  }

  @Test
  void axisOfAScalar() {
    assertMessage(
        () -> z1.sum().sum(0),
        "axis: axis 0 does not exist.",
        "  shape  []",
        "Maybe a scalar was given where an array was meant.");
  }

  @Test
  void permutation() {
    assertMessage(
        () -> z1.permuted(0, 0),
        "transpose: [0, 0] is not a permutation of the 2 axes.",
        "  operand  z1  [256, 128]",
        "Maybe each axis 0..1 should be named once.");
  }

  @Test
  void broadcast() {
    assertMessage(
        () -> z1.broadcastTo(Shape.of(128)),
        "broadcast: [256, 128] does not stretch to [128].",
        "  operand  z1  [256, 128]",
        "Maybe an axis of size 1 is missing: shapes are aligned at their last axis.");
  }

  @Test
  void concat() {
    assertMessage(
        () -> Expr.concat(0, z1, prototypes),
        "concat: shapes differ outside axis 0.",
        "  first  z1          [256, 128]",
        "  other  prototypes  [256, 3000]",
        "Maybe another axis was meant, or one operand is transposed.");
  }

  @Test
  void concatOfNothing() {
    assertMessage(
        () -> Expr.concat(0), "concat: there is nothing to join.", "Maybe a list is empty.");
  }

  @Test
  void slice() {
    assertMessage(
        () -> z1.slice(1, 100, 129),
        "slice: 100..129 is outside axis 1 of size 128.",
        "  operand  z1  [256, 128]",
        "Maybe the end was meant to be exclusive.");
  }

  @Test
  void choleskyOfARectangle() {
    assertMessage(
        z1::cholesky,
        "cholesky: needs square matrices, got 256 x 128.",
        "  operand  z1  [256, 128]",
        "Maybe a Gram matrix such as x.transposed().matmul(x) was meant.");
  }

  @Test
  void triangularSolve() {
    assertMessage(
        () ->
            z1.rowGram().named("gram").cholesky().named("factor").triangularSolve(z1.transposed()),
        "triangular solve: the factor's rows and the right side's differ.",
        "  factor      factor                [256, 256]",
        "  right side  transpose [1, 0](z1)  [128, 256]",
        "Maybe the right side is transposed, or lacks its batch axes.");
  }

  @Test
  void solve() {
    assertMessage(
        () -> z1.rowGram().named("gram").solve(z1.transposed()),
        "matrix solve: the matrix's rows and the right side's differ.",
        "  matrix      gram                  [256, 256]",
        "  right side  transpose [1, 0](z1)  [128, 256]",
        "Maybe the right side is transposed, or lacks its batch axes.");
    assertMessage(
        () -> z1.rowGram().named("gram").transposedSolve(Expr.input("b", 256)),
        "matrix solve: needs rank 2 or more, got 1.",
        "  operand  b  [256]",
        "Maybe a reshape is missing.");
  }

  @Test
  void convolutionChannels() {
    assertMessage(
        () -> images.conv2d(Expr.input("filter", 3, 3, 64, 64), 1, 1),
        "conv2d: the image has 3 channels, the filter takes 64.",
        "  image   images  [8, 32, 32, 3]",
        "  filter  filter  [3, 3, 64, 64]",
        "Maybe the image is not in the order [n, height, width, channels].");
  }

  @Test
  void convolutionRank() {
    assertMessage(
        () -> z1.conv2d(Expr.input("filter", 3, 3, 3, 64), 1, 1),
        "conv2d: needs rank 4 [n, height, width, channels], got 2.",
        "  operand  z1  [256, 128]",
        "Maybe a reshape is missing.");
  }

  @Test
  void windowLargerThanTheImage() {
    assertMessage(
        () -> images.averagePool(64, 1),
        "window: a window of 64 with stride 1 does not fit into 32.",
        "Maybe the image is too small for so many strides; use padding or fewer stages.");
  }

  @Test
  void scatterAdd() {
    assertMessage(
        () -> z1.scatterAdd(Expr.input("indices", 100), 10),
        "scatter add: there is not one row for each index.",
        "  rows     z1       [256, 128]",
        "  indices  indices  [100]",
        "Maybe the rows should begin with the axes of the indices.");
  }

  @Test
  void gradientOfAVector() {
    assertMessage(
        () -> z1.gradient(z1),
        "gradient: the function is not a scalar.",
        "  function  z1  [256, 128]",
        "Maybe a sum() or mean() is missing.");
  }

  @Test
  void randomCounter() {
    assertMessage(
        () -> RandomKey.of(1, z1).uniform(3),
        "random uniform: the counter is not a scalar.",
        "  counter  z1  [256, 128]",
        "Maybe the step counter was meant.");
  }

  @Test
  void condition() {
    assertMessage(
        () -> Expr.cond(z1, z1, z1),
        "cond: the predicate is not a scalar.",
        "  predicate  z1  [256, 128]",
        "Maybe where(...), which chooses for each element, was meant.");
    assertMessage(
        () -> Expr.cond(Expr.constant(1), z1, z1.sum().named("loss")),
        "cond: the branches have different shapes.",
        "  when true   z1    [256, 128]",
        "  when false  loss  []",
        "Maybe a reduction, or broadcastTo(...), is missing in one of them.");
  }

  @Test
  void substitution() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    assertMessage(
        () -> x.exp().substitute(Variables.of(x), Vector.of(Map.of("x", z1))),
        "substitute: the shapes differ, [2] and [256, 128].",
        "  node         x   [2]",
        "  replacement  z1  [256, 128]",
        "Maybe a value belongs to another variable.");
  }

  @Test
  void negativeDimension() {
    assertMessage(
        () -> Shape.of(3, -2),
        "shape: a dimension is negative, -2.",
        "  dimensions  [3, -2]",
        "Maybe a size was computed from numbers that are too small.");
  }

  @Test
  void arrayOfAnotherSize() {
    assertMessage(
        () -> Array.of(Shape.of(2, 2), 1, 2, 3),
        "array: 3 values do not fill the shape [2, 2].",
        "Maybe the shape should have 3 elements.");
  }

  @Test
  void moreThanAllElements() {
    assertMessage(
        () -> z1.topK(129, 1),
        "top-k: k must be in 0..128, got 129.",
        "  operand  z1  [256, 128]",
        "Maybe another axis than 1 was meant.");
    assertMessage(
        () -> Expr.of(new Sort.Gather(false, 129), z1, z1),
        "sort: there are no 129 first ones of 128 elements.",
        "  keys    z1  [256, 128]",
        "  values  z1  [256, 128]",
        "Maybe another axis was meant.");
  }

  @Test
  void keysOfAnotherShape() {
    assertMessage(
        () -> z1.sortedBy(prototypes, -1),
        "sort: keys and values differ in shape.",
        "  keys    prototypes  [256, 3000]",
        "  values  z1          [256, 128]",
        "Maybe a broadcastTo is missing.");
  }

  @Test
  void scalarHasNoOrder() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Expr.constant(1).sorted(0))
        .withMessageContaining("axis 0 does not exist");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Expr.constant(1).cumsum(-1))
        .withMessageContaining("axis -1 does not exist");
  }

  @Test
  void gradientOfAnotherShape() {
    assertMessage(
        () -> z1.withGradientOf(z1.sum()),
        "custom gradient: the shapes differ, [256, 128] and [].",
        "  value        z1          [256, 128]",
        "  gradient of  reshape(…)  []",
        "Maybe a broadcastTo is missing.");
  }

  @Test
  void unknownVariable() {
    Variables variables = Variables.of(Expr.variable("weight", Array.scalar(1)));
    assertMessage(
        () -> variables.get("wieght"),
        "variable: there is none named \"wieght\".",
        "  names  weight",
        "Maybe one of these was meant.");
  }

  @Test
  void variablesOfTheSameName() {
    Expr one = Expr.variable("w", Array.scalar(1));
    Expr other = Expr.variable("w", Array.scalar(1));
    assertMessage(
        () -> Variables.of(one, other),
        "variables: the name \"w\" is used twice.",
        "Maybe a layer was given the same name as another one.");
  }

  @Test
  void inputAmongVariables() {
    assertMessage(
        () -> Variables.of(z1),
        "variables: an expression that is not a variable was given.",
        "  given  z1  [256, 128]",
        "Maybe Expr.variable(...) was meant.");
  }

  @Test
  void vectorsOfDifferentVariables() {
    Variables a = Variables.of(Expr.variable("a", Array.scalar(1)));
    Variables b = Variables.of(Expr.variable("b", Array.scalar(1)));
    assertMessage(
        () -> a.vector().plus(b.vector()),
        "vector: two vectors have different components.",
        "  left   [a]",
        "  right  [b]",
        "Maybe one of them belongs to other variables.");
  }
}
