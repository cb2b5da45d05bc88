package io.github.bilevel4j.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BatchingTest {
  private static final int SIZE = 3;
  private static final Interpreter START = Interpreter.atStart();

  static List<PrimitiveCase> cases() {
    return PrimitiveCases.ALL.stream().filter(row -> !(row.op() instanceof Random)).toList();
  }

  /** Each input batched alone, then all of them together. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isEachValueByItself(PrimitiveCase row) {
    int inputs = row.inputs().size();
    for (int alone = 0; alone < inputs; alone++) {
      assertEachByItself(row, Set.of(alone));
    }
    Set<Integer> all = new TreeSet<>();
    for (int input = 0; input < inputs; input++) {
      all.add(input);
    }
    assertEachByItself(row, all);
  }

  private static void assertEachByItself(PrimitiveCase row, Set<Integer> batched) {
    List<Expr> plain = new ArrayList<>();
    ImmutableMap.Builder<String, Expr> point = ImmutableMap.builder();
    ImmutableMap.Builder<String, Expr> values = ImmutableMap.builder();
    for (int i = 0; i < row.inputs().size(); i++) {
      Expr input = Expr.variable("x" + i, row.inputs().get(i));
      plain.add(input);
      if (batched.contains(i)) {
        point.put("x" + i, input);
        values.put("x" + i, Expr.stack(each(row, i)));
      }
    }
    Expr node = Expr.of(row.op(), plain);
    Expr together = Batching.of(vector(point), vector(values)).apply(node);
    assertThat(together.shape()).isEqualTo(Shape.of(SIZE).concat(node.shape()));
    double[] got = START.evaluate(together).toDoubles();
    for (int b = 0; b < SIZE; b++) {
      List<Expr> ofOne = new ArrayList<>();
      for (int i = 0; i < plain.size(); i++) {
        ofOne.add(batched.contains(i) ? each(row, i)[b] : plain.get(i));
      }
      Array expected = START.evaluate(Expr.of(row.op(), ofOne));
      for (int k = 0; k < expected.size(); k++) {
        assertThat(got[b * expected.size() + k]).isCloseTo(expected.at(k), within(1e-12));
      }
    }
  }

  private static Vector vector(ImmutableMap.Builder<String, Expr> components) {
    return Vector.of(components.buildOrThrow());
  }

  /** Values in the neighborhood of a case's; indices and masks stay what they are. */
  private static Expr[] each(PrimitiveCase row, int input) {
    Expr[] each = new Expr[SIZE];
    for (int b = 0; b < SIZE; b++) {
      double factor = row.fixed().contains(input) ? 1 : 1 + 0.125 * b;
      Array value = row.inputs().get(input);
      each[b] = Expr.constant(Array.fill(value.shape(), i -> factor * value.at(i)));
    }
    return each;
  }

  @Test
  void whatDoesNotDependOnTheBatchExistsOnce() {
    Expr x = Expr.variable("x", Array.vector(1, 2));
    Expr t = Expr.input("t", 2);
    Expr shared = x.exp().sin();
    Expr values = Expr.input("values", 50, 2);
    Expr together = batching(t, values).apply(shared.times(t).sum());
    assertThat(together.contains(shared)).isTrue();
    assertThat(Iterables.size(Expr.nodesOf(List.of(together)))).isLessThan(10);
  }

  /** A shared matrix is not repeated for the batch: all products with it are one. */
  @Test
  void productsWithOneMatrixAreOneProduct() {
    Expr shared = Expr.variable("shared", Draws.seed(6).normal(7, 5));
    Expr right = Expr.input("t", 5, 2);
    Expr left = Expr.input("t", 2, 7);
    for (Expr product :
        List.of(
            batching(right, Expr.input("values", 9, 5, 2)).apply(shared.matmul(right)),
            batching(left, Expr.input("values", 9, 2, 7))
                .apply(shared.transposedMatmul(left.transposed())),
            batching(left, Expr.input("values", 9, 2, 7)).apply(left.matmul(shared)))) {
      assertThat(Expr.nodesOf(List.of(product)))
          .allMatch(node -> !(node.op() instanceof BroadcastTo))
          .filteredOn(node -> node.op() instanceof MatMul)
          .singleElement()
          .satisfies(node -> assertThat(node.inputs()).contains(shared));
    }
  }

  @Test
  void notAtOnceWithoutAFormForABatch() {
    Expr image = Expr.input("t", 1, 4, 4, 1);
    Expr filter = Expr.variable("filter", Draws.seed(7).normal(2, 2, 1, 1));
    Batching batching = batching(image, Expr.input("values", 3, 1, 4, 4, 1));
    assertThat(batching.applyAtOnce(image.conv2d(filter, 1, 0))).isEmpty();
    assertThat(batching.applyAtOnce(image.exp())).contains(batching.apply(image.exp()));
  }

  @Test
  void aJacobianIsABatchOfProducts() {
    Expr x = Expr.variable("x", Array.vector(0.3, -0.7, 1.1));
    Expr w = Expr.constant(Draws.seed(3).normal(3, 3));
    Expr y = x.unsqueezed(0).matmul(w).tanh().reshape(3).times(x);
    Expr jacobian = Derivatives.jacobian(y, x);
    for (int i = 0; i < 3; i++) {
      Array row = START.evaluate(y.slice(0, i, i + 1).sum().gradient(x));
      Array column = START.evaluate(jacobian.slice(0, i, i + 1).reshape(3));
      for (int k = 0; k < 3; k++) {
        assertThat(column.at(k)).isCloseTo(row.at(k), within(1e-14));
      }
    }
  }

  /**
   * {@code sum exp(x_ij) + (sum_ij c_ij x_ij)^2} has the Hessian {@code diag(exp(x)) + 2 c c^T}.
   */
  @Test
  void hessianOfAMatrix() {
    Array at = Draws.seed(4).normal(2, 3);
    Array c = Draws.seed(5).normal(2, 3);
    Expr x = Expr.variable("x", at);
    Expr loss = x.exp().sum().plus(x.times(Expr.constant(c)).sum().squared());
    Array hessian = START.evaluate(Derivatives.hessian(loss, x));
    assertThat(hessian.shape()).isEqualTo(Shape.of(6, 6));
    for (int i = 0; i < 6; i++) {
      for (int j = 0; j < 6; j++) {
        double expected = 2 * c.at(i) * c.at(j) + (i == j ? Math.exp(at.at(i)) : 0);
        assertThat(hessian.get(i, j)).isCloseTo(expected, within(1e-13));
      }
    }
  }

  @Test
  void refusesWhatHasNoMeaning() {
    Expr t = Expr.input("t");
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> batching(t, Expr.input("values", 4)).apply(RandomKey.of(1, t).uniform(3)))
        .withMessageStartingWith("batching: random draws depend on the batch.");
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> batching(t, Expr.input("values", 4, 2)))
        .withMessage(
            """
            batching: the values of component "t" do not fit.
              component  t       []
              values     values  [4, 2]
            Maybe they should be [4].""");
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> Batching.of(of("a", t), of("b", t)))
        .withMessage(
            """
            batching: point and values do not have the same components.
              point   [a]
              values  [b]
            Maybe one of them belongs to other variables.""");
  }

  private static Batching batching(Expr node, Expr values) {
    return Batching.of(of("t", node), of("t", values));
  }

  private static Vector of(String name, Expr value) {
    return Vector.of(ImmutableMap.of(name, value));
  }
}
