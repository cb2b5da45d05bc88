package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class MaximumEntropyCodingTest {
  private final Expr s1 = OnCpu.matrix("s1", new double[][] {{3, 0}, {0, 2}});
  private final Expr s2 = OnCpu.matrix("s2", new double[][] {{1, 0}, {0, 7}});
  private final List<Expr> students = List.of(s1, s2);

  @Test
  void ofOrthogonalImagesIsALogarithmInClosedForm() {
    // C = I / 4: two eigenvalues 1/4.
    MaximumEntropyCoding coding = MaximumEntropyCoding.inverseLambda(4);
    double x = 0.25;
    double fourth = x - x * x / 2 + x * x * x / 3 - x * x * x * x / 4;
    assertThat(OnCpu.scalar(coding.of(students, students))).isCloseTo(-4 * fourth, within(1e-14));
    assertThat(OnCpu.scalar(coding.order(2).of(students, students)))
        .isCloseTo(-4 * (x - x * x / 2), within(1e-14));
    assertThat(OnCpu.scalar(coding.exact().of(students, students)))
        .isCloseTo(-4 * Math.log1p(x), within(1e-14));
    assertThat(OnCpu.scalar(coding.alignment(students, students))).isCloseTo(-1, within(1e-14));
  }

  /** C of three images in one dimension has the one eigenvalue 3/4. */
  @Test
  void ofCollapsedImagesIsALogarithmInClosedForm() {
    Expr same = OnCpu.matrix("same", new double[][] {{1}, {2}, {7}});
    List<Expr> views = List.of(same, same);
    MaximumEntropyCoding coding = MaximumEntropyCoding.inverseLambda(4);
    double x = 0.75;
    assertThat(OnCpu.scalar(coding.order(1).of(views, views)))
        .isCloseTo(-4 / 3.0 * x, within(1e-14));
    assertThat(OnCpu.scalar(coding.order(3).of(views, views)))
        .isCloseTo(-4 / 3.0 * (x - x * x / 2 + x * x * x / 3), within(1e-14));
    assertThat(OnCpu.scalar(coding.exact().of(views, views)))
        .isCloseTo(-4 / 3.0 * Math.log1p(x), within(1e-14));
  }

  @Test
  void theCodeIsTheSmallerMatrix() {
    for (int d : new int[] {3, 9}) {
      List<Expr> views = List.of(Expr.input("z1", 6, d), Expr.input("z2", 6, d));
      assertThat(
              Expr.nodesOf(List.of(MaximumEntropyCoding.inverseLambda(4).exact().of(views, views))))
          .map(Expr::shape)
          .contains(Shape.of(Math.min(6, d), Math.min(6, d)))
          .doesNotContain(Shape.of(Math.max(6, d), Math.max(6, d)));
    }
  }

  @Test
  void lambdaMayChangeWithTheStep() {
    Expr step = OnCpu.vector("step", 4).reshape();
    double expected = OnCpu.scalar(MaximumEntropyCoding.inverseLambda(8).of(students, students));
    assertThat(
            OnCpu.scalar(MaximumEntropyCoding.inverseLambda(step.times(2)).of(students, students)))
        .isCloseTo(expected, within(1e-14));
    assertThat(MaximumEntropyCoding.inverseLambda(1024, 2048, 64)).isEqualTo(32);
  }

  @Test
  void isConstantInTheTeachers() {
    Expr t1 = OnCpu.random("t1", 1, 2, 2);
    Expr t2 = OnCpu.random("t2", 2, 2, 2);
    Expr loss = MaximumEntropyCoding.inverseLambda(4).of(students, List.of(t1, t2));
    assertThat(loss.reaches(s1)).isTrue();
    assertThat(loss.reaches(t1)).isFalse();
    assertThat(loss.reaches(t2)).isFalse();
  }

  @Test
  void rejectsDifferentShapes() {
    MaximumEntropyCoding coding = MaximumEntropyCoding.inverseLambda(4);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> coding.of(students, List.of(s1, Expr.input("wide", 2, 3))))
        .withMessage(
            """
            MaximumEntropyCoding: the views differ in shape.
              s1  s1    [2, 2]
              s2  s2    [2, 2]
              t1  s1    [2, 2]
              t2  wide  [2, 3]
            Maybe they come from different encoders or different batches.""");
  }

  @Test
  void rejectsNumbersOutsideTheirRanges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaximumEntropyCoding.inverseLambda(0))
        .withMessage(
            """
            MaximumEntropyCoding: the 1/lambda must be positive, got 0.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaximumEntropyCoding.inverseLambda(Expr.input("lambda", 2)).order(0))
        .withMessage(
            """
            MaximumEntropyCoding: 1/lambda must be a scalar and the order one or more.
              1/lambda  lambda  [2]
              order     4
            Maybe MaximumEntropyCoding.inverseLambda(32).order(4) was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MaximumEntropyCoding.inverseLambda(32).order(0))
        .withMessage(
            """
            MaximumEntropyCoding: 1/lambda must be a scalar and the order one or more.
              1/lambda  32.0  []
              order     0
            Maybe MaximumEntropyCoding.inverseLambda(32).order(4) was meant.""");
  }
}
