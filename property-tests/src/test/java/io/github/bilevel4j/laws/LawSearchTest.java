package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** A law that does not hold is found, and its counterexample is small. */
class LawSearchTest {
  private static final LawSearch SEARCH = LawSearch.seed(1).tries(3);

  private static LawOutcome outcome(Law law, LossFunction loss) {
    try (loss) {
      return SEARCH.check(law, loss);
    }
  }

  /** A sign is wrong: the sum of the squares is not the square of a distance. */
  private static Expr wrongSign(Expr z1, Expr z2) {
    return z1.plus(z2).squared().mean();
  }

  @Test
  void aLawThatHoldsHasNoCounterexample() {
    LawOutcome outcome =
        outcome(Laws.SYMMETRIC_IN_VIEWS, LossFunction.ofViews(LawSearchTest::wrongSign));
    assertThat(outcome.kind()).isEqualTo(LawOutcome.Kind.HOLDS);
    assertThat(outcome).hasToString("SymmetricInViews holds at 12 examples: L(z1, z2) = L(z2, z1)");
  }

  @Test
  void aWrongSignHasASmallestCounterexample() {
    LawOutcome outcome =
        outcome(Laws.TRANSLATION_INVARIANT, LossFunction.ofViews(LawSearchTest::wrongSign));
    assertThat(outcome)
        .hasToString(
            """
            law TranslationInvariant does not hold: L(Z + 1 v^T) = L(Z)
            z1 [2, 1] =
              0
              0
            z2 [2, 1] =
              0
              0
            v = 1
            value, left side = 4
            value, right side = 0
            difference 4, relative error 4, tolerance 1e-11""");
  }

  @Test
  void whatIsNotANumberStaysSo() {
    LawOutcome outcome =
        outcome(
            Laws.FINITE_WHEN_COLLAPSED,
            LossFunction.ofBatch(z -> z.dividedBy(z.squared().sumKeeping(1).sqrt()).mean()));
    Counterexample counterexample = outcome.counterexample().orElseThrow();
    assertThat(counterexample.sides().notFinite()).isTrue();
    assertThat(counterexample)
        .hasToString(
            """
            law FiniteWhenCollapsed does not hold: |L(C)|, |dL/dC| < infinity for collapsed C
            z1 [2, 1] =
              0
              0
            C to zero, view 1 [2, 1] =
              0
              0
            value in float32 = NaN
            not finite""");
  }

  /** Each law fails for a loss that breaks it; only a wrong rule breaks a symmetric Hessian. */
  @ParameterizedTest
  @FieldSource("BROKEN")
  void everyLawCanFail(Broken broken) {
    assertThat(outcome(broken.law(), broken.loss()).kind()).isEqualTo(LawOutcome.Kind.FAILS);
  }

  private record Broken(Law law, LossFunction loss) {}

  private static Expr firstRow(Expr z) {
    return z.at(0, 0).sum();
  }

  private static Expr firstColumn(Expr z) {
    return z.at(1, 0).exp().sum();
  }

  static final ImmutableList<Broken> BROKEN =
      ImmutableList.of(
          new Broken(
              Laws.SYMMETRIC_IN_VIEWS,
              LossFunction.ofViews((a, b) -> a.minus(b.times(2)).squared().sum())),
          new Broken(Laws.ROTATION_INVARIANT, LossFunction.ofBatch(z -> z.abs().sum())),
          new Broken(Laws.ROW_SCALE_INVARIANT, LossFunction.ofBatch(z -> z.squared().sum())),
          new Broken(Laws.TRANSLATION_INVARIANT, LossFunction.ofBatch(Expr::sum)),
          new Broken(Laws.ROW_ORDER_INVARIANT, LossFunction.ofBatch(LawSearchTest::firstRow)),
          new Broken(
              Laws.FEATURE_ORDER_INVARIANT, LossFunction.ofBatch(LawSearchTest::firstColumn)),
          new Broken(Laws.FEATURE_SCALE_INVARIANT, LossFunction.ofBatch(Expr::sum)),
          new Broken(Laws.NON_NEGATIVE, LossFunction.ofBatch(Expr::sum)),
          new Broken(Laws.FINITE_WHEN_COLLAPSED, LossFunction.ofBatch(z -> z.abs().log().sum())),
          new Broken(Laws.FINITE_FOR_TWO_SAMPLES, LossFunction.ofBatch(z -> z.sum().log())),
          new Broken(
              Laws.GRADIENT_ORTHOGONAL_TO_ROWS, LossFunction.ofBatch(z -> z.squared().sum())),
          new Broken(Laws.GRADIENT_ROWS_SUM_TO_ZERO, LossFunction.ofBatch(Expr::sum)),
          new Broken(
              Laws.CONSTANT_WHERE_DETACHED,
              LossFunction.ofViews((a, b) -> b.detached().minus(a).squared().sum())),
          new Broken(
              Laws.UNCHANGED_BY_SUBSTITUTION,
              LossFunction.ofBatch(
                  z -> z.times(Expr.variable("new", z.shape(), Initializer.zeros())).sum())),
          new Broken(
              Laws.AGREES_IN_SINGLE_PRECISION,
              LossFunction.ofBatch(z -> z.squared().plus(1e6).sum().minus(z.shape().size() * 1e6))),
          new Broken(Laws.bounded(n -> Range.closed(0.0, 1.0)), LossFunction.ofBatch(Expr::sum)),
          new Broken(Laws.knownAtOnePoint(n -> n), LossFunction.ofBatch(Expr::sum)),
          new Broken(
              Laws.sumOfParts(z -> z.get(0).sum(), z -> z.get(0).mean()),
              LossFunction.ofBatch(Expr::sum)),
          new Broken(Laws.constantInTargets(ImmutableSet.of(0)), LossFunction.ofBatch(Expr::sum)));

  @Test
  void theResultDependsOnTheSeedAlone() {
    LossFunction loss = LossFunction.ofViews(LawSearchTest::wrongSign);
    assertThat(SEARCH.check(Laws.ALL, loss).toString())
        .isEqualTo(SEARCH.check(Laws.ALL, loss).toString());
    loss.close();
  }

  @Test
  void aLawOfTwoViewsCannotBeAppliedToOne() {
    LawOutcome outcome = outcome(Laws.SYMMETRIC_IN_VIEWS, LossFunction.ofBatch(Expr::sum));
    assertThat(outcome.kind()).isEqualTo(LawOutcome.Kind.NOT_APPLICABLE);
    assertThat(outcome.reason())
        .isEqualTo(
            "law SymmetricInViews: L(z1, z2) = L(z2, z1) is a statement about 2 views or more, the"
                + " loss has 1.");
  }

  @Test
  void aLossThatFitsNoShapeSaysWhy() {
    LawOutcome outcome =
        outcome(Laws.NON_NEGATIVE, LossFunction.ofBatch(z -> z.matmul(Expr.identity(9)).sum()));
    assertThat(outcome.kind()).isEqualTo(LawOutcome.Kind.NOT_APPLICABLE);
    assertThat(outcome.reason()).startsWith("matmul: inner dimensions differ, 2 and 9.");
  }

  @Test
  void aLossIsAScalar() {
    LossFunction loss = LossFunction.ofBatch(z -> z.sum(1));
    Example example = Example.normal(Draws.seed(1), 1, Shape.of(3, 2));
    assertThatThrownBy(() -> Laws.NON_NEGATIVE.assertHolds(loss, example))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            """
            loss: a loss is a scalar, this one has the shape [3].
              views  [[3, 2]]
            Maybe a mean or a sum over the samples is missing.""");
  }

  @Test
  void simplerExamplesAreSimpler() {
    Example example = Example.normal(Draws.seed(3), 2, Shape.of(3, 2));
    assertThat(Examples.simpler(example))
        .isNotEmpty()
        .allSatisfy(
            simpler ->
                assertThat(
                        Arrays.compare(Examples.complexity(simpler), Examples.complexity(example)))
                    .isNegative());
  }

  @Test
  void sidesOfUnequalSizeAreAnError() {
    assertThatThrownBy(() -> Sides.equal("value", Array.vector(1, 2), Array.scalar(1)))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("sides of a law: the sides of value differ in size.");
  }

  @Test
  void ntXentIsNoFunctionOfTheFirstViewAlone() {
    try (LossFunction loss = LossFunction.ofViews(NtXent.temperature(0.5)::of)) {
      List<String> failing =
          SEARCH.check(Laws.ALL, loss).stream()
              .filter(each -> each.kind() == LawOutcome.Kind.FAILS)
              .map(each -> each.law().name())
              .toList();
      assertThat(failing)
          .containsExactly(
              "TranslationInvariant", "FeatureScaleInvariant", "GradientRowsSumToZero");
    }
  }
}
