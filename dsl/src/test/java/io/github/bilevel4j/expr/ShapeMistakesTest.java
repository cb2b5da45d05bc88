package io.github.bilevel4j.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
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
  void sizesThatWrap() {
    Expr x = Expr.input("x", 2, 3);
    int most = Integer.MAX_VALUE;
    assertMessage(
        () -> x.padded(0, most, most, 0),
        "shape: the sizes multiply to 1.29e+10, at most 2147483639 elements are possible.",
        "  dimensions  [4294967296, 3]",
        "Maybe it should be computed in parts, or a size is wrong.");
    for (ThrowingCallable tooLarge :
        List.<ThrowingCallable>of(
            () -> Expr.input("x", most, most, most, 0),
            () -> Expr.input("x", most),
            () -> x.tiled(most),
            () -> x.unsqueezed(0).broadcastTo(Shape.of(most, 2, 3)),
            () -> x.flattened().scatterAdd(Expr.range(2), most),
            () -> Expr.range(2).oneHot(most),
            () -> Expr.input("a", 1 << 30, 1).matmul(Expr.input("b", 1, 4)),
            () -> Expr.input("a", 1 << 30).unsqueezed(1).plus(Expr.input("b", 4)),
            () -> Expr.concat(0, Expr.input("a", 1 << 30), Expr.input("b", 1 << 30)),
            () -> Expr.input("x", 1 << 17).diagonalMatrix(),
            () -> images.conv2d(Expr.input("f", 1, 1, 3, 1), most, most),
            () -> RandomKey.fixed(1).uniform(most, 2))) {
      assertThatIllegalArgumentException()
          .isThrownBy(tooLarge)
          .withMessageStartingWith("shape: the sizes multiply to ");
    }
  }

  @Test
  void arraysThatJavaCannotHold() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Array.fill(Shape.of(Shape.MAX_SIZE), i -> 0))
        .withMessageStartingWith("array: an array on the host needs more memory than Java has.\n");
  }

  @Test
  void sliceOutside() {
    for (int to : new int[] {Integer.MIN_VALUE, -1}) {
      assertMessage(
          () -> z1.slice(0, 1, to),
          "slice: 1.." + to + " is outside axis 0 of size 256.",
          "  operand  z1  [256, 128]",
          "Maybe the end was meant to be exclusive.");
    }
    for (int at : new int[] {-1, 256, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> z1.at(0, at))
          .withMessageContaining("is outside axis 0 of size 256");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> z1.slice(0, Integer.MAX_VALUE, Integer.MIN_VALUE));
    assertThat(z1.slice(0, 3, 3).shape()).isEqualTo(Shape.of(0, 128));
  }

  @Test
  void negativeBorders() {
    assertMessage(
        () -> z1.padded(0, 5, -3, 0),
        "pad: a border is negative, 5 and -3 of axis 0.",
        "  operand  z1  [256, 128]",
        "Maybe slice(...), which takes elements away, was meant.");
    assertMessage(
        () -> images.conv2d(Expr.input("filter", 3, 3, 3, 64), 1, -1),
        "window: a border is negative, -1.",
        "Maybe slice(...), which takes elements away, was meant.");
  }

  @Test
  void bandBeyondTheMatrix() {
    assertMessage(
        () -> z1.bandPart(257, 0),
        "band part: 257 subdiagonals and 0 superdiagonals do not fit the matrices.",
        "  operand  z1  [256, 128]",
        "Maybe -1, which keeps all of them, was meant.");
    assertThatIllegalArgumentException().isThrownBy(() -> z1.bandPart(0, 129));
    assertThat(z1.bandPart(256, 128).shape()).isEqualTo(z1.shape());
  }

  @Test
  void largestOfNothing() {
    assertMessage(
        () -> Expr.input("scores", 3, 0).argMax(1),
        "argmax: axis 1 has no elements.",
        "  operand  scores  [3, 0]",
        "Maybe a selection before it is empty.");
    assertThat(Expr.input("scores", 3, 0).argMax(0).shape()).isEqualTo(Shape.of(0));
  }

  @Test
  void exponentsThatAreNotFinite() {
    for (double exponent : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
      assertMessage(
          () -> Expr.input("x", 2).pow(exponent), "pow: the exponent is " + exponent + ".");
    }
  }

  @Test
  void adjointsOfFiltersForOtherChannels() {
    Window window = Window.of(1, 0);
    Shape image = Shape.of(2, 4, 3, 2);
    Expr filter = Expr.input("filter", 2, 2, 3, 5);
    Expr gradient = Expr.input("gradient", 2, 3, 2, 5);
    assertMessage(
        () -> Expr.of(new Convolution.ImageGradient(window, image), filter, gradient),
        "conv2d image gradient: the filter does not take the channels of the image.",
        "  image   [2, 4, 3, 2]",
        "  filter  [2, 2, 3, 5]");
  }

  @Test
  void adjointsOfOtherShapes() {
    Window window = Window.of(1, 0);
    Expr filter = Expr.input("filter", 2, 2, 3, 1);
    assertMessage(
        () -> Expr.of(new Convolution.FilterGradient(window, filter.shape()), images, z1),
        "conv2d filter gradient: needs the shape [8, 31, 31, 1].",
        "  operand  z1  [256, 128]");
    assertMessage(
        () -> Expr.of(new Convolution.ImageGradient(window, images.shape()), filter, z1),
        "conv2d image gradient: needs the shape [8, 31, 31, 1].",
        "  operand  z1  [256, 128]");
    Pooling.Geometry geometry = new Pooling.Geometry(2, 2, 2, 2);
    assertMessage(
        () -> Expr.of(new Pooling.MaxScatter(geometry), images, z1),
        "max pool scatter: needs the shape [8, 16, 16, 3].",
        "  operand  z1  [256, 128]");
    assertMessage(
        () -> Expr.of(new Pooling.MaxGather(geometry), images, z1),
        "max pool gather: needs the shape [8, 32, 32, 3].",
        "  operand  z1  [256, 128]");
    assertMessage(
        () -> Expr.of(new Pooling.AverageGradient(geometry, images.shape()), z1),
        "average pool gradient: needs the shape [8, 16, 16, 3].",
        "  operand  z1  [256, 128]");
    assertMessage(
        () -> Expr.of(new Sort.Scatter(false), z1, prototypes),
        "unsort: needs the shape [256, 128].",
        "  operand  prototypes  [256, 3000]");
    assertThatIllegalArgumentException().isThrownBy(() -> Expr.of(new Reverse(2), z1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Expr.of(new CumulativeSum(2, false, false), z1));
  }

  @Test
  void constantIndicesThatDoNotExist() {
    for (double index : new double[] {7, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      Expr indices = Expr.constant(Array.vector(0, index));
      assertMessage(
          () -> indices.oneHot(2),
          "one-hot: the index " + index + " is not one of 0..1.",
          "  indices  [2][0.0, " + index + "]  [2]",
          "Maybe labels or positions belong to another data set.");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Expr.input("table", 2, 5).gather(indices))
          .withMessageStartingWith("gather: the index " + index + " is not one of 0..1.");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Expr.input("rows", 2, 5).scatterAdd(indices, 2))
          .withMessageStartingWith("scatter add: the index " + index + " is not one of 0..1.");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Expr.constant(Array.vector(0.5)).oneHot(2));
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
