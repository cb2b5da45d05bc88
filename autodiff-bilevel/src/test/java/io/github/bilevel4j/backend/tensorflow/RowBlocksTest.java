package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.Iterables;
import com.google.common.collect.Streams;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Products with a tall matrix that are computed block by block, by the Java interpreter. */
final class RowBlocksTest {
  private static final int ROWS = 37;
  private static final int FEATURES = 3;
  private static final int BYTES = 8;

  /** Three blocks: of 16, 16 and 5 rows. */
  private static final long BLOCK = 16L * FEATURES * BYTES;

  private static final Expr X = variable("x", 1, ROWS, FEATURES);
  private static final Expr W = variable("w", 2, FEATURES, 1);
  private static final Expr P = variable("p", 3, FEATURES, 1);
  private static final Expr Y = variable("y", 4, ROWS, 1);
  private static final Expr WEIGHTS = variable("weights", 5, ROWS, 1);

  private static Expr variable(String name, int seed, int... dims) {
    Random random = new Random(seed);
    return Expr.variable(name, Array.fill(Shape.of(dims), i -> random.nextGaussian()));
  }

  @Test
  void readsTheMatrixOfAGeneralizedLinearModelInBlocks() {
    assertInBlocks(hessianProduct(z -> z.times(Y).negated().softplus().mean()));
    assertInBlocks(hessianProduct(z -> z.minus(Y).squared().mean()));
    assertInBlocks(hessianProduct(z -> z.exp().minus(z.times(Y)).mean()));
    assertInBlocks(hessianProduct(z -> z.times(Y).negated().softplus().times(WEIGHTS).sum()));
  }

  @Test
  void readsItInBlocksForGradients() {
    Expr loss = X.matmul(W).times(Y).negated().softplus().mean();
    assertInBlocks(value(loss.gradient(W)));
  }

  @Test
  void readsItInBlocksForSeveralClasses() {
    Expr classes = variable("classes", 6, FEATURES, 4);
    Expr direction = variable("direction", 7, FEATURES, 4);
    Expr labels = variable("labels", 8, ROWS, 4);
    Expr z = X.matmul(classes);
    Expr loss = z.exp().sum(1).log().minus(z.times(labels).sum(1)).mean();
    assertInBlocks(product(loss, classes, direction));
    Expr stable = z.minus(z.maxKeeping(1)).exp().sum(1).log().plus(z.max(1)).mean();
    assertInBlocks(product(stable, classes, direction));
  }

  @Test
  void readsItInBlocksUnderLayers() {
    Expr first = variable("first", 9, FEATURES, 5);
    Expr second = variable("second", 10, 5, 2);
    Expr output = X.matmul(first).tanh().matmul(second);
    Expr gradient = value(output.squared().mean().gradient(first));
    assertInBlocks(gradient);
    assertInBlocks(product(output.squared().mean(), first, variable("d", 11, FEATURES, 5)));
  }

  @Test
  void readsItInBlocksWhereItStandsOnTheRight() {
    Expr w = variable("row", 12, 1, FEATURES);
    Expr z = w.matmulTransposed(X);
    Expr loss = z.times(Y.transposed()).softplus().sum();
    assertInBlocks(product(loss, w, variable("d", 13, 1, FEATURES)));
    Expr flat = X.matmul(W).reshape(-1).times(Y.reshape(-1)).softplus().sum();
    assertInBlocks(product(flat, W, P));
  }

  @Test
  void joinsWhatOthersUseToo() {
    Expr z = X.matmul(W);
    Expr s = z.times(Y).sigmoid();
    Expr gradient = X.transposedMatmul(s.times(Y));
    Expr centered = s.minus(s.mean());
    List<Expr> roots = List.of(gradient, centered, z, X.transposedMatmul(centered));
    List<Expr> blocks = RowBlocks.of(roots, BYTES, 0, BLOCK);
    for (int i = 0; i < roots.size(); i++) {
      assertSame(roots.get(i), blocks.get(i));
    }
    assertThat(wholeProducts(List.of(blocks.get(0), blocks.get(1), blocks.get(2)))).isZero();
  }

  @Test
  void multipliesGivenFactorsOnce() {
    Expr signs = Expr.constant(Array.fill(Shape.of(ROWS, 1), i -> i % 3 == 0 ? -1 : 1));
    Expr image = X.matmul(P).times(signs).times(0.01).times(WEIGHTS).times(signs);
    assertInBlocks(X.transposedMatmul(image));
    assertThat(scaledBlocks(X.transposedMatmul(image))).isEqualTo(3);
    Expr huge = X.matmul(P).times(1e200).times(WEIGHTS).times(Y);
    assertInBlocks(X.transposedMatmul(huge));
    assertThat(scaledBlocks(X.transposedMatmul(huge))).isEqualTo(9);
  }

  /** The products, element by element, of blocks. */
  private static long scaledBlocks(Expr whole) {
    long count = 0;
    for (Expr node : Expr.nodesOf(RowBlocks.of(List.of(whole), BYTES, 0, BLOCK))) {
      if (node.op() == Binary.MULTIPLY && node.shape().dim(0) < ROWS) {
        count++;
      }
    }
    return count;
  }

  @Test
  void goesOnFromOneIterationToTheNext() {
    Expr p = P;
    for (int k = 0; k < 3; k++) {
      Expr image = X.transposedMatmul(X.matmul(p).times(WEIGHTS));
      p = p.plus(image.dividedBy(image.squared().sum()));
    }
    assertInBlocks(p);
  }

  @Test
  void leavesRowsThatAreMixedAlone() {
    Expr z = X.matmul(P);
    assertWhole(X.transposedMatmul(z.cumsum(0)));
    assertWhole(X.transposedMatmul(z.reversed(0)));
    assertWhole(X.transposedMatmul(WEIGHTS));
    Expr other = variable("other", 14, ROWS, FEATURES);
    assertWhole(other.transposedMatmul(z));
  }

  @Test
  void leavesSmallMatricesAndManyColumnsAlone() {
    Expr small = X.transposedMatmul(X.matmul(P));
    assertThat(RowBlocks.of(List.of(small), BYTES)).containsExactly(small);
    Expr many = X.transposedMatmul(X.matmul(variable("many", 15, FEATURES, 9)));
    assertThat(RowBlocks.of(List.of(many), BYTES, 0, BLOCK)).containsExactly(many);
  }

  /** For threads that take them in turn; of 16 rows, but for the last block. */
  @Test
  void blocksAreAlikeAndAMultipleOfFour() {
    Expr tall = variable("5000", 19, 5000, FEATURES);
    Expr product = tall.transposedMatmul(tall.matmul(P));
    long block = 400L * FEATURES * BYTES;
    List<Integer> rows =
        Streams.stream(Expr.nodesOf(RowBlocks.of(List.of(product), BYTES, 0, block)))
            .filter(node -> node.op() instanceof Slice)
            .map(node -> node.shape().dim(0))
            .toList();
    assertThat(rows).hasSize(16).containsOnly(320, 200);
  }

  @Test
  void computesTheSameOnADevice() {
    int rows = 4999;
    Expr x = variable("tall", 16, rows, 60);
    Expr w = variable("start", 17, 60, 1);
    Expr p = variable("direction", 18, 60, 1);
    Expr loss = x.matmul(w).times(0.1).softplus().mean();
    Expr whole = product(loss, w, p);
    assertThat(RowBlocks.of(List.of(whole), BYTES)).doesNotContain(whole);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Step step = Step.named("product").output("product", whole);
      Results once = engine.compile(step).run();
      Results again = engine.compile(step).run();
      assertThat(once.get("product").toDoubles()).containsExactly(again.get("product").toDoubles());
      assertClose(once.get("product"), Interpreter.atStart().evaluate(whole));
    }
  }

  private static Expr hessianProduct(Function<Expr, Expr> loss) {
    return product(loss.apply(X.matmul(W)), W, P);
  }

  private static Expr product(Expr loss, Expr at, Expr direction) {
    Vector point = Vector.of(Map.of("w", at));
    Vector gradient = Derivatives.gradient(loss, point);
    return value(Derivatives.vjp(gradient, point, Vector.of(Map.of("w", direction))).get("w"));
  }

  private static Expr value(Expr expression) {
    return Derivatives.values(List.of(expression)).get(0);
  }

  private static void assertInBlocks(Expr whole) {
    Expr blocks = Iterables.getOnlyElement(RowBlocks.of(List.of(whole), BYTES, 0, BLOCK));
    assertThat(wholeProducts(List.of(whole))).isPositive();
    assertThat(wholeProducts(List.of(blocks))).isZero();
    assertSame(whole, blocks);
  }

  private static void assertWhole(Expr expression) {
    assertThat(RowBlocks.of(List.of(expression), BYTES, 0, BLOCK)).containsExactly(expression);
  }

  private static void assertSame(Expr whole, Expr blocks) {
    Interpreter interpreter = Interpreter.atStart();
    assertClose(interpreter.evaluate(blocks), interpreter.evaluate(whole));
  }

  private static void assertClose(Array actual, Array expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.at(i)).isCloseTo(expected.at(i), within(1e-12 * (1 + norm(expected))));
    }
  }

  private static double norm(Array array) {
    double sum = 0;
    for (double value : array.toDoubles()) {
      sum += value * value;
    }
    return Math.sqrt(sum);
  }

  /** The products that read the whole matrix, behind any stop of gradients. */
  private static long wholeProducts(List<Expr> roots) {
    long count = 0;
    for (Expr node : Expr.nodesOf(roots)) {
      if (node.op() instanceof MatMul
          && node.inputs().stream().anyMatch(input -> undetached(input).equals(X))) {
        count++;
      }
    }
    return count;
  }

  private static Expr undetached(Expr node) {
    return node.op() instanceof Detach ? node.input(0) : node;
  }
}
