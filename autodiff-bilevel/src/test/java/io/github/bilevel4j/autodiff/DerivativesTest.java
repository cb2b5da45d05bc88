package io.github.bilevel4j.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Gradient;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

class DerivativesTest {
  private final Expr x = Expr.variable("x", Array.vector(1, 2, 3));
  private final Expr y = Expr.variable("y", Array.vector(4, 5, 6));

  private static Vector point(Expr... leaves) {
    ImmutableMap.Builder<String, Expr> components = ImmutableMap.builder();
    for (Expr leaf : leaves) {
      components.put(leaf.name(), leaf);
    }
    return Vector.of(components.buildOrThrow());
  }

  private static double[] values(Expr expression) {
    return Interpreter.atStart().evaluate(expression).toDoubles();
  }

  private static boolean isExpanded(Expr expression) {
    return Iterables.all(
        Expr.nodesOf(List.of(expression)), node -> !(node.op() instanceof Gradient));
  }

  @Test
  void derivativeOfAnExpressionByItselfIsOne() {
    Expr sum = x.sum();
    assertThat(values(Derivatives.gradient(sum, sum))).containsExactly(1);
  }

  @Test
  void pathsToALeafAreAddedUp() {
    Expr scalar = x.squared().sum().plus(x.dot(y)).plus(x.sum());
    assertThat(values(Derivatives.gradient(scalar, x))).containsExactly(2 + 5, 4 + 6, 6 + 7);
  }

  @Test
  void componentThatIsNotReachedHasGradientZero() {
    Vector gradient = Derivatives.gradient(x.squared().sum(), point(x, y));
    assertThat(gradient.get("y")).isEqualTo(Expr.filled(0, y.shape()));
    assertThat(values(gradient.get("x"))).containsExactly(2, 4, 6);
  }

  @Test
  void intermediatePointIsVariedAlone() {
    Expr z = x.times(y);
    Expr scalar = z.squared().sum().plus(x.sum());
    assertThat(values(Derivatives.gradient(scalar, z))).containsExactly(8, 20, 36);
  }

  @Test
  void pointsAboveAndBelowOneAnotherEachGetTheirOwnDerivative() {
    Expr z = x.squared();
    Expr scalar = z.dot(y).plus(x.sum());
    Vector gradient =
        Derivatives.gradient(scalar, Vector.of(ImmutableMap.of("x", x, "z", z, "all", scalar)));
    assertThat(values(gradient.get("x"))).containsExactly(9, 21, 37);
    assertThat(values(gradient.get("z"))).containsExactly(4, 5, 6);
    assertThat(values(gradient.get("all"))).containsExactly(1);
  }

  @Test
  void namedNodeIsAPointLikeAnyOther() {
    Expr z = x.times(y).named("z");
    assertThat(values(Derivatives.gradient(z.squared().sum(), z))).containsExactly(8, 20, 36);
  }

  @Test
  void nothingIsDifferentiatedOnTheWayToOtherLeaves() {
    Expr w = Expr.variable("w", Array.matrix(new double[] {1, 2, 3}, new double[] {4, 5, 6}));
    Expr scalar = w.matmul(x.unsqueezed(1)).sum().plus(y.exp().log().sum());
    Expr gradient = Derivatives.gradient(scalar, x);
    assertThat(gradient.contains(y)).isFalse();
    assertThat(Expr.nodesOf(List.of(gradient)))
        .filteredOn(node -> node.op() instanceof MatMul)
        .hasSize(1);
  }

  @Test
  void reachedNamesTheComponentsWithAPathToThem() {
    Expr w = Expr.variable("w", Array.vector(1, 1, 1));
    Expr v = Expr.variable("v", Array.vector(1, 1, 1));
    Expr function = x.times(y.detached()).plus(w.greaterThan(0)).plus(v);
    assertThat(Derivatives.reached(function, point(x, y, w, v))).containsExactly("x", "v");
    assertThat(Derivatives.reaches(function, y)).isFalse();
    assertThat(Derivatives.reaches(function, v)).isTrue();
  }

  @Test
  void reachedLooksThroughSymbolicGradients() {
    Expr slope = x.dot(y).plus(x.squared().sum()).gradient(x);
    assertThat(Derivatives.reached(slope, point(x, y))).containsExactly("x", "y");
    Expr constantSlope = x.dot(y).gradient(x);
    assertThat(Derivatives.reached(constantSlope, point(x, y))).containsExactly("y");
  }

  @Test
  void symbolicGradientsNestToThirdOrder() {
    Expr t = Expr.variable("t", Array.scalar(2));
    Expr third = t.pow(4).gradient(t).gradient(t).gradient(t);
    assertThat(values(third)).containsExactly(48);
    assertThat(isExpanded(Derivatives.expand(third))).isTrue();
  }

  @Test
  void gradientInsideAnObjectiveIsDifferentiated() {
    // |grad sum x^3|^2 = sum 9 x^4, with derivative 36 x^3.
    Expr penalty = x.pow(3).sum().gradient(x).squared().sum();
    assertThat(values(penalty)).containsExactly(9 * (1 + 16 + 81));
    assertThat(values(Derivatives.gradient(penalty, x))).containsExactly(36, 36 * 8, 36 * 27);
  }

  @Test
  void stepAlongAGradientIsDifferentiatedThroughTheStep() {
    // x' = x - t grad(|x|^2 / 2) = (1 - t) x; of |x'|^2: 2 (1 - t) x' by x, but 2 x' by x'.
    Expr inner = x.squared().sum().times(0.5);
    Expr moved = x.minus(inner.gradient(x).times(0.25));
    Expr outer = moved.squared().sum();
    assertThat(values(Derivatives.gradient(outer, x))).containsExactly(1.125, 2.25, 3.375);
    assertThat(values(Derivatives.gradient(outer, moved))).containsExactly(1.5, 3, 4.5);
  }

  @Test
  void gradientByAPointThatContainsTheSameScalarsGradient() {
    Expr scalar = x.squared().sum();
    Expr moved = x.minus(scalar.gradient(x));
    assertThat(values(scalar.gradient(moved))).containsExactly(0, 0, 0);
    Expr both = scalar.gradient(x).plus(scalar.gradient(moved));
    assertThat(values(both)).containsExactly(2, 4, 6);
  }

  @Test
  void expansionKeepsNamesAndWhatHasNoGradients() {
    Expr plain = x.times(y).named("product");
    Expr slope = x.squared().sum().gradient(x).plus(1).named("slope");
    List<Expr> expanded = Derivatives.expand(List.of(plain, slope));
    assertThat(expanded.get(0)).isSameAs(plain);
    assertThat(expanded.get(1).name()).isEqualTo("slope");
    assertThat(values(expanded.get(1))).containsExactly(3, 5, 7);
  }

  @Test
  void vectorsExpandToTheGradientOfTheVector() {
    Expr scalar = x.dot(y).squared();
    Vector symbolic = scalar.gradient(point(x, y));
    assertThat(Derivatives.expand(symbolic)).isEqualTo(Derivatives.gradient(scalar, point(x, y)));
  }

  @Test
  void detachedInputHasNoGradientOfAnyOrder() {
    Expr scalar = x.detached().times(y).squared().sum();
    assertThat(values(Derivatives.gradient(scalar, x))).containsExactly(0, 0, 0);
    Expr slope = scalar.gradient(y).sum();
    assertThat(values(Derivatives.gradient(slope, x))).containsExactly(0, 0, 0);
  }

  @Test
  void deepExpressionsNeedNoStackAndManyPathsNoTime() {
    Expr t = Expr.variable("t", Array.scalar(1));
    Expr doubled = t;
    for (int i = 0; i < 1000; i++) {
      doubled = doubled.plus(doubled).times(0.5).sin().negated().negated();
    }
    Expr chain = t;
    for (int i = 0; i < 30_000; i++) {
      chain = chain.times(0.99999).plus(1e-6);
    }
    assertThat(values(Derivatives.gradient(chain, t)))
        .containsExactly(new double[] {Math.pow(0.99999, 30_000)}, within(1e-9));
    assertThat(Iterables.size(Expr.nodesOf(List.of(Derivatives.gradient(doubled, t)))))
        .isLessThan(20_000);
  }

  @Test
  void jvpOfALinearMapIsTheMap() {
    Expr w = Expr.constant(Array.matrix(new double[] {1, 2, 3}, new double[] {4, 5, 6}));
    Vector function =
        Vector.of(
            ImmutableMap.of("wx", w.matmul(x.unsqueezed(1)), "same", x, "other", y.squared()));
    Vector direction = Vector.of(ImmutableMap.of("x", Expr.constant(Array.vector(1, 0, -1))));
    Vector jvp = Derivatives.jvp(function, point(x), direction);
    assertThat(values(jvp.get("wx"))).containsExactly(-2, -2);
    assertThat(values(jvp.get("same"))).containsExactly(1, 0, -1);
    assertThat(values(jvp.get("other"))).containsExactly(0, 0, 0);
  }

  @Test
  void vjpAddsTheAdjointsOfEqualComponents() {
    Expr z = x.squared();
    Vector function = Vector.of(ImmutableMap.of("a", z, "b", z));
    Vector adjoint = Vector.of(ImmutableMap.of("a", y, "b", x));
    assertThat(values(Derivatives.vjp(function, point(x), adjoint).get("x")))
        .containsExactly(2 * 5, 4 * 7, 6 * 9);
  }

  @Test
  void adjointThatDependsOnThePointCountsAsConstant() {
    Vector function = Vector.of(ImmutableMap.of("z", x.squared()));
    Vector adjoint = Vector.of(ImmutableMap.of("z", x.exp()));
    assertThat(Derivatives.vjp(function, point(x), adjoint).get("x"))
        .isEqualTo(x.exp().times(x.times(2)));
  }

  @Test
  void hessianVectorProductOfAQuadraticIsItsMatrix() {
    Expr a = Expr.constant(Array.matrix(new double[] {2, 1}, new double[] {1, 3}));
    Expr t = Expr.variable("t", Array.vector(7, -7));
    Expr quadratic = t.unsqueezed(0).matmul(a).matmul(t.unsqueezed(1)).sum().times(0.5);
    Vector direction = Vector.of(ImmutableMap.of("t", Expr.constant(Array.vector(1, -1))));
    assertThat(values(Derivatives.hvp(quadratic, point(t), direction).get("t")))
        .containsExactly(1, -2);
  }

  @Test
  void functionThatIsNotAScalar() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Derivatives.gradient(x.times(y), x))
        .withMessage(
            """
            gradient: the function is not a scalar.
              function  multiply(x, y)  [3]
            Maybe a sum() or mean() is missing.""");
  }

  @Test
  void directionOfOtherVariables() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Derivatives.hvp(x.sum(), point(x), point(y)))
        .withMessage(
            """
            hvp: point and direction have different components.
              point      [x]
              direction  [y]
            Maybe one of them belongs to other variables.""");
  }

  @Test
  void adjointOfAnotherShape() {
    Vector function = Vector.of(ImmutableMap.of("z", x.squared()));
    Vector adjoint = Vector.of(ImmutableMap.of("z", Expr.constant(1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Derivatives.vjp(function, point(x), adjoint))
        .withMessage(
            """
            vjp: the shapes of component "z" differ.
              function  square(x)  [3]
              adjoint   1.0        []
            Maybe one of them belongs to other variables.""");
  }
}
