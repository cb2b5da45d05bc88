package io.github.bilevel4j.regularizer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.HostFunction;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * A new regularizer is a pure function of an expression. No rule is written for it, and its first
 * and second derivatives are right.
 */
class NewRegularizerTest {
  private static final Shape FEATURES = Shape.of(5, 3);
  private static final double STEP = 1e-2;

  private final Draws draws = Draws.seed(17);
  private final Array z = draws.normal(FEATURES);
  private final Array v = draws.normal(FEATURES);
  private final HostFunction derivatives =
      HostFunction.of(Precision.FLOAT64, List.of(FEATURES, FEATURES), NewRegularizerTest::of);

  private static Map<String, Expr> of(List<Expr> arguments) {
    Expr value = Uniformity.of(arguments.get(0), 0.5);
    Vector point = Vector.of(ImmutableMap.of("z", arguments.get(0)));
    Vector direction = Vector.of(ImmutableMap.of("z", arguments.get(1)));
    return Map.of(
        "value", value,
        "gradient", value.gradient(arguments.get(0)),
        "product", Derivatives.hvp(value, point, direction).get("z"));
  }

  private Map<String, Array> along(double t) {
    return derivatives.at(Array.fill(FEATURES, i -> z.at(i) + t * v.at(i)), v);
  }

  /** The central difference of eighth order. */
  private static double derivative(DoubleUnaryOperator f) {
    double[] weights = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
    double sum = 0;
    for (int k = 1; k <= weights.length; k++) {
      sum += weights[k - 1] * (f.applyAsDouble(k * STEP) - f.applyAsDouble(-k * STEP));
    }
    return sum / STEP;
  }

  @Test
  void itsValueIsTheFormula() {
    double sum = 0;
    for (int i = 0; i < FEATURES.dim(0); i++) {
      for (int j = 0; j < FEATURES.dim(0); j++) {
        double[] difference = Rows.row(z, i);
        for (int k = 0; k < difference.length; k++) {
          difference[k] -= z.get(j, k);
        }
        sum += Math.exp(-0.5 * Rows.dot(difference, difference));
      }
    }
    double pairs = FEATURES.dim(0) * FEATURES.dim(0);
    assertThat(along(0).get("value").scalarValue()).isCloseTo(Math.log(sum / pairs), within(1e-14));
  }

  @Test
  void itsGradientIsTheLimitOfDifferencesOfItsValue() {
    assertThat(Rows.dot(along(0).get("gradient"), v))
        .isCloseTo(derivative(t -> along(t).get("value").scalarValue()), within(1e-10));
  }

  @Test
  void itsHessianIsTheLimitOfDifferencesOfItsGradient() {
    for (int i = 0; i < z.size(); i++) {
      int position = i;
      assertThat(along(0).get("product").at(i))
          .isCloseTo(derivative(t -> along(t).get("gradient").at(position)), within(1e-10));
    }
  }

  @Test
  void itNeedsExpressionsOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("io.github.bilevel4j.expr", "io.github.bilevel4j.shape", "java.lang")
        .check(new ClassFileImporter().importClasses(Uniformity.class));
  }
}
