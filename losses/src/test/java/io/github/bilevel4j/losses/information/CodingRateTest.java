package io.github.bilevel4j.losses.information;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodingRateTest {
  private final CodingRate rate = CodingRate.epsilonSquared(0.5);

  @Test
  void ofOrthonormalRowsIsInClosedForm() {
    // alpha = d / (n eps^2) = 2, so both eigenvalues are 3.
    assertThat(OnCpu.scalar(rate.of(Expr.identity(2)))).isCloseTo(Math.log(3), within(1e-14));
  }

  @Test
  void isTheSameOfBothGramMatrices() {
    Expr wide = OnCpu.random("wide", 3, 4, 9);
    Expr tall = OnCpu.random("tall", 4, 9, 4);
    assertThat(OnCpu.scalar(rate.of(wide)))
        .isCloseTo(OnCpu.scalar(fromColumns(wide)), within(1e-12));
    assertThat(OnCpu.scalar(rate.of(tall)))
        .isCloseTo(OnCpu.scalar(fromColumns(tall)), within(1e-12));
  }

  /** The side of the matrices that are factorized is the smaller one of rows and columns. */
  @Test
  void softClassesTakeTheSmallerGramMatrix() {
    for (int d : new int[] {3, 9}) {
      Expr rates = rate.ofSoftClasses(Expr.input("z", 6, d), Expr.input("memberships", 6, 2));
      assertThat(Expr.nodesOf(List.of(rates)))
          .map(Expr::shape)
          .contains(Shape.of(2, Math.min(6, d), Math.min(6, d)))
          .doesNotContain(Shape.of(2, Math.max(6, d), Math.max(6, d)));
    }
  }

  @Test
  void ofNoRowsIsZero() {
    assertThat(rate.ofClasses(Expr.input("z", 0, 3), new int[0])).isEqualTo(Expr.constant(0));
  }

  private static Expr fromColumns(Expr z) {
    double alpha = z.shape().dim(1) / (z.shape().dim(0) * 0.5);
    return z.columnGram().times(alpha).plusDiagonal(1).logDeterminant().dividedBy(2);
  }

  @Test
  void scalesRowsToLengthOneOnDemand() {
    Expr z = OnCpu.random("z", 5, 4, 3);
    assertThat(OnCpu.scalar(rate.onUnitRows().of(z)))
        .isCloseTo(OnCpu.scalar(rate.of(z.normalized(-1))), within(1e-14));
  }

  @Test
  void ofHardClassesIsInClosedForm() {
    Expr z = Expr.identity(3);
    // One class of two orthogonal rows, one of a single row: d/(t eps^2) = 3 and 6.
    double within = 2.0 / 6 * 2 * Math.log(4) + 1.0 / 6 * Math.log(7);
    assertThat(OnCpu.scalar(rate.ofClasses(z, new int[] {4, -1, 4})))
        .isCloseTo(within, within(1e-14));
    assertThat(OnCpu.scalar(rate.reduction(z, new int[] {4, -1, 4})))
        .isCloseTo(1.5 * Math.log(3) - within, within(1e-14));
  }

  @Test
  void ofHardClassesIsThatOfOneHotMemberships() {
    int[] labels = {0, 1, 2, 0, 1, 0};
    Expr indices = OnCpu.vector("labels", 0, 1, 2, 0, 1, 0);
    for (int d : new int[] {4, 8}) {
      Expr z = OnCpu.random("z", d, 6, d);
      Expr hard = rate.reduction(z, labels);
      Expr soft = rate.reduction(z, indices, 3);
      assertThat(OnCpu.scalar(hard)).isCloseTo(OnCpu.scalar(soft), within(1e-12));
      assertThat(OnCpu.gradient(hard, z)).containsExactly(OnCpu.gradient(soft, z), within(1e-12));
    }
  }

  @Test
  void ignoresClassesWithoutMembers() {
    Expr z = OnCpu.random("z", 6, 5, 3);
    Expr indices = OnCpu.vector("labels", 0, 3, 3, 0, 0);
    assertThat(OnCpu.scalar(rate.reduction(z, indices, 7)))
        .isCloseTo(OnCpu.scalar(rate.reduction(z, new int[] {0, 3, 3, 0, 0})), within(1e-12));
  }

  /**
   * With all rows along one axis, {@code R_c = sum_j t_j/2n log(1 + d/(t_j eps^2) sum_i pi_ij
   * z_i^2)}.
   */
  @Test
  void hasTheDerivativeInMembershipsEvenWhereTheyAreZero() {
    double[][] pi = {{0, 1}, {0.3, 0.7}, {1, 0}};
    double[] z = {1.5, -0.5, 2};
    // Three rows of two features take the Gram matrix of columns, two take that of rows.
    for (int n = 2; n <= 3; n++) {
      double[][] memberships = Arrays.copyOf(pi, n);
      double[][] rows = new double[n][];
      Arrays.setAll(rows, i -> new double[] {z[i], 0});
      Expr variable = OnCpu.matrix("pi", memberships);
      assertThat(OnCpu.gradient(rate.ofSoftClasses(OnCpu.matrix("z", rows), variable), variable))
          .containsExactly(derivativeInMemberships(z, memberships), within(1e-12));
    }
  }

  private static double[] derivativeInMemberships(double[] z, double[][] pi) {
    int n = pi.length;
    double[] derivative = new double[2 * n];
    for (int j = 0; j < 2; j++) {
      double size = 0;
      double squares = 0;
      for (int i = 0; i < n; i++) {
        size += pi[i][j];
        squares += pi[i][j] * z[i] * z[i];
      }
      double determinant = 1 + 4 * squares / size;
      for (int i = 0; i < n; i++) {
        double slope = 4 * (z[i] * z[i] - squares / size) / determinant;
        derivative[2 * i + j] = (Math.log(determinant) + slope) / (2 * n);
      }
    }
    return derivative;
  }

  @Test
  void ofPairsIsThatOfClassesOfTwo() {
    Expr z1 = OnCpu.random("z1", 7, 4, 3);
    Expr z2 = OnCpu.random("z2", 8, 4, 3);
    // With an eps^2 of 1/2 the program could as well multiply by 2 eps^2 as divide.
    CodingRate fine = CodingRate.epsilonSquared(0.2);
    Expr pairs = fine.reductionOfPairs(z1, z2);
    Expr classes = fine.reduction(Expr.concat(0, z1, z2), new int[] {0, 1, 2, 3, 0, 1, 2, 3});
    assertThat(OnCpu.scalar(pairs)).isCloseTo(OnCpu.scalar(classes), within(1e-12));
    assertThat(OnCpu.gradient(pairs, z1))
        .containsExactly(OnCpu.gradient(classes, z1), within(1e-12));
    assertThat(OnCpu.gradient(pairs, z2))
        .containsExactly(OnCpu.gradient(classes, z2), within(1e-12));
  }

  @Test
  void ofUnitPairsIsAFunctionOfTheirCosine() {
    Expr z1 = OnCpu.matrix("z1", new double[][] {{2, 0}});
    Expr z2 = OnCpu.matrix("z2", new double[][] {{3, 4}});
    double c = 2; // d / (2 eps^2)
    assertThat(OnCpu.scalar(rate.onUnitRows().ofPairs(z1, z2)))
        .isCloseTo(Math.log((1 + c) * (1 + c) - c * c * 0.36) / 2, within(1e-14));
  }

  @Test
  void ofInstancesIsThatOfTheirMemberships() {
    Expr z1 = OnCpu.random("z1", 9, 3, 4);
    Expr z2 = OnCpu.random("z2", 10, 3, 4);
    Expr z = Expr.concat(0, z1, z2).normalized(-1);
    InstanceMembership membership = InstanceMembership.overAnchors().temperature(1);
    assertThat(OnCpu.scalar(rate.onUnitRows().reductionOfInstances(z1, z2, membership)))
        .isCloseTo(OnCpu.scalar(rate.reductionSoft(z, membership.of(z))), within(1e-13));
  }

  @Test
  void rejectsDistortionsThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CodingRate.epsilonSquared(-0.5))
        .withMessage(
            """
            CodingRate: the epsilonSquared must be positive, got -0.5.""");
    assertThatIllegalArgumentException().isThrownBy(() -> CodingRate.epsilonSquared(Double.NaN));
  }

  @Test
  void rejectsFeaturesThatAreNotAMatrix() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rate.of(Expr.input("maps", 8, 4, 4, 16)))
        .withMessage(
            """
            CodingRate: needs rank 2 [n, d], got 4.
              z  maps  [8, 4, 4, 16]
            Maybe flattened() or a pooling is missing.""");
  }

  @Test
  void rejectsLabelsOfAnotherNumber() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rate.reduction(Expr.input("z", 3, 8), new int[] {0, 1}))
        .withMessage(
            """
            CodingRate: got 2 labels for 3 rows.
              z  z  [3, 8]
            Maybe the labels belong to another batch.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rate.reduction(Expr.input("z", 3, 8), Expr.input("labels", 2), 4))
        .withMessage(
            """
            CodingRate: memberships do not fit the features.
              z            z                [3, 8]
              memberships  one-hot(labels)  [2, 4]
            Maybe memberships should be [3, classes].""");
  }

  @Test
  void rejectsMembershipsThatDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rate.reductionSoft(Expr.input("z", 3, 8), Expr.input("pi", 4, 3)))
        .withMessage(
            """
            CodingRate: memberships do not fit the features.
              z            z   [3, 8]
              memberships  pi  [4, 3]
            Maybe memberships should be [3, classes].""");
  }

  @Test
  void rejectsViewsOfDifferentShape() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rate.reductionOfPairs(Expr.input("z1", 3, 8), Expr.input("z2", 4, 8)))
        .withMessage(
            """
            CodingRate: the views differ in shape.
              z1  z1  [3, 8]
              z2  z2  [4, 8]
            Maybe they come from different encoders or different batches.""");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                rate.reductionOfInstances(
                    Expr.input("z1", 3, 8),
                    Expr.input("z2", 3, 9),
                    InstanceMembership.overAnchors()));
  }

  @ParameterizedTest
  @ValueSource(doubles = {7, -1, 0.5, Double.NaN})
  void aLabelThatNamesNoClassIsAnError(double label) {
    Expr z = OnCpu.random("z", 1, 2, 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rate.reduction(z, Expr.constant(Array.vector(label, 1)), 2))
        .withMessageStartingWith("one-hot: the index " + label + " is not one of 0..1.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnCpu.scalar(rate.reduction(z, OnCpu.vector("labels", label, 1), 2)))
        .withMessageStartingWith("run \"value\": an index is outside 0..1.");
  }
}
