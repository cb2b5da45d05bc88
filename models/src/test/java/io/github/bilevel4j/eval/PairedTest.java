package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Differences over seeds against numbers computed by hand. */
class PairedTest {
  /** Differences 1, 2, 3, 2: mean 2, variance 2/3, standard error sqrt(2/3/4) = 0.408248. */
  @Test
  void meanErrorAndInterval() {
    Paired paired = Paired.of(new double[] {51, 62, 73, 42}, new double[] {50, 60, 70, 40});
    assertThat(paired.count()).isEqualTo(4);
    assertThat(paired.mean()).isEqualTo(2);
    assertThat(paired.standardError()).isCloseTo(0.408248290463863, within(1e-14));
    // 3.182446 * 0.408248 = 1.299228
    assertThat(paired.low()).isCloseTo(2 - 1.299228, within(1e-6));
    assertThat(paired.high()).isCloseTo(2 + 1.299228, within(1e-6));
    assertThat(paired.isDifference()).isTrue();
    assertThat(paired.text(2)).isEqualTo("+2.00 ± 0.41");
  }

  /**
   * Differences 25, 21: mean 23, standard error 2, so that t is 11.5, where 5 % of two seeds have
   * 12.7; and 27, 25: mean 26, standard error 1.
   */
  @Test
  void twoSeedsHaveToBeTwelveStandardErrorsApart() {
    Paired below = Paired.of(new double[] {26, 26}, new double[] {1, 5});
    assertThat(below.low()).isNegative();
    assertThat(below.isDifference()).isFalse();
    assertThat(below.text(1)).isEqualTo("no difference (+23.0 ± 2.0)");
    Paired above = Paired.of(new double[] {1, 5}, new double[] {28, 30});
    assertThat(above.high()).isNegative();
    assertThat(above.isDifference()).isTrue();
    assertThat(above.text(1)).isEqualTo("-26.0 ± 1.0");
  }

  /**
   * Of 100 pairs Student's bound is 1.984 standard errors, and two are asked for: with 50
   * differences m + 1 and 50 m - 1, the standard error is sqrt(100 / 99 / 100) = 0.100504.
   */
  @ParameterizedTest
  @CsvSource({"0.2000,false", "0.2015,true"})
  void belowTwoStandardErrorsThereIsNone(double mean, boolean isOne) {
    double[] measured = new double[100];
    Arrays.setAll(measured, i -> mean + (i % 2 == 0 ? 1 : -1));
    Paired paired = Paired.of(measured, new double[100]);
    assertThat(paired.low()).isPositive();
    assertThat(paired.isDifference()).isEqualTo(isOne);
  }

  /** One of 1,000 images in each of two seeds says nothing: -0.1 with an error of rounding. */
  @Test
  void equalMeasurements() {
    double[] measured = {10, 90};
    assertThat(Paired.of(measured, measured).text(2)).isEqualTo("no difference (+0.00 ± 0.00)");
    Paired same = Paired.of(new double[] {36.6, 35.9}, new double[] {36.7, 36.0});
    assertThat(same.text(2)).isEqualTo("no difference (-0.10 ± 0.00)");
  }

  @Test
  void oneSeedHasNoInterval() {
    Paired one = Paired.of(new double[] {3}, new double[] {1});
    assertThat(one.isDifference()).isFalse();
    assertThat(one.standardError()).isNaN();
    assertThat(one.low()).isNaN();
    assertThat(one.text(2)).isEqualTo("+2.00 (one seed)");
  }

  /** Of printed tables. */
  @ParameterizedTest
  @CsvSource({"1,12.7062", "2,4.3027", "3,3.1824", "4,2.7764", "9,2.2622", "30,2.0423"})
  void quantilesOfStudent(int freedom, double quantile) {
    assertThat(Paired.quantile(freedom, 0.95)).isCloseTo(quantile, within(5e-5));
  }

  /** Of printed tables, two-sided: 0.99, 0.995 and 0.999. */
  @ParameterizedTest
  @CsvSource({"5,5,4.6041", "10,10,3.6897", "3,50,31.5991", "1000000,1,2"})
  void boundsOfSeveralComparisons(int count, int comparisons, double bound) {
    assertThat(Paired.leastErrors(count, comparisons)).isCloseTo(bound, within(5e-5));
  }

  /** Four standard errors are a difference of five seeds, and none as one of six. */
  @Test
  void oneOfSeveralComparisons() {
    double[] measured = {1.1, 0.2, 0.7, 0.4, 0.6};
    Paired paired = Paired.of(measured, new double[5]);
    assertThat(paired.text(2)).isEqualTo("+0.60 ± 0.15");
    assertThat(paired.text(2, 6)).isEqualTo("no difference (+0.60 ± 0.15)");
  }

  @Test
  void whatIsNoPair() {
    assertThatThrownBy(() -> Paired.of(new double[2], new double[3]))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("2 and 3 measurements");
  }
}
