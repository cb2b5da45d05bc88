package io.github.bilevel4j.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class BatchNormProperties {
  private static final Layer NORM = BatchNorm.over(3).init(Scope.seed(1));

  @Property(seed = "1", tries = 10)
  void shiftsDropOut(
      @ForAll @IntRange(min = 2, max = 20) int rows,
      @ForAll @DoubleRange(min = -5, max = 5) double shift,
      @ForAll long seed) {
    Expr x = Expr.constant(Computed.normal(seed, rows, 3));

    List<Array> computed =
        Computed.of(
            List.of(
                NORM.apply(x, Pass.batchStatistics()),
                NORM.apply(x.plus(shift), Pass.batchStatistics())));
    assertThat(computed.get(0).toDoubles())
        .containsExactly(computed.get(1).toDoubles(), within(1e-9));
  }

  @Property(seed = "2", tries = 10)
  void outputsHaveMeanZeroAndVarianceJustBelowOne(
      @ForAll @IntRange(min = 3, max = 20) int rows, @ForAll long seed) {
    Expr x = Expr.constant(Computed.normal(seed, rows, 3));

    Expr y = NORM.apply(x, Pass.batchStatistics());
    Expr variance = x.variance(0);
    List<Array> computed =
        Computed.of(List.of(y.mean(0), y.variance(0), variance.dividedBy(variance.plus(1e-5))));
    assertThat(computed.get(0).toDoubles()).containsExactly(new double[3], within(1e-9));
    assertThat(computed.get(1).toDoubles())
        .containsExactly(computed.get(2).toDoubles(), within(1e-9));
  }
}
