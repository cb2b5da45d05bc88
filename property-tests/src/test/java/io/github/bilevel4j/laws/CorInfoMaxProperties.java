package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** CorInfoMax at its first step: the moments before are zero and the identity. */
class CorInfoMaxProperties implements BatchLoss, SumOfParts, RotationInvariant, EvaluatedLoss {
  private static final CorInfoMaxLoss COR_INFO_MAX = CorInfoMaxLoss.weight(250).memory(0.1);

  private static RunningMoments start(int d) {
    return new RunningMoments(Expr.filled(0, Shape.of(d)), Expr.identity(d));
  }

  @Override
  public Expr loss(List<Expr> views) {
    RunningMoments start = start(views.get(0).shape().dim(1));
    return COR_INFO_MAX.of(views.get(0), views.get(1), start, start);
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return COR_INFO_MAX.alignment(views.get(0), views.get(1));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    RunningMoments start = start(views.get(0).shape().dim(1));
    return COR_INFO_MAX.constraint(views.get(0), views.get(1), start, start);
  }

  /**
   * The determinant of R is least where the batch adds nothing to the memory, and for the trace
   * that the batch allows it is largest for equal eigenvalues.
   */
  @Property(seed = "215", tries = 20)
  void liesBetweenTheMemoryAloneAndAnEvenSpread(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    double value =
        compiled("constraint", Precision.FLOAT64, views, z -> Map.of("value", constraint(z)))
            .at(views)
            .get("value")
            .scalarValue();
    double even =
        views.stream()
            .mapToDouble(z -> -Math.log(0.1 + 1e-8 + 0.9 * Rows.dot(z, z) / z.size()))
            .sum();
    assertThat(value).isBetween(even, -2 * Math.log(0.1));
  }

  /** Without memory of the mean, a translation of both views changes nothing. */
  @Property(seed = "216", tries = 10)
  void isTranslationInvariantWithoutMemoryOfTheMean(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    Array shift = draws.normal(views.get(0).shape().dim(1));
    assertClose(
        forgetting(views.stream().map(z -> Rows.shifted(z, shift)).toList()), forgetting(views));
  }

  private double forgetting(List<Array> views) {
    RunningMoments start = start(views.get(0).shape().dim(1));
    return compiled(
            "forgetting",
            Precision.FLOAT64,
            views,
            z -> Map.of("value", COR_INFO_MAX.memory(0, 0.1).of(z.get(0), z.get(1), start, start)))
        .at(views)
        .get("value")
        .scalarValue();
  }

  /**
   * Over the steps the moments of a rotated run are the rotated moments, a covariance remains
   * symmetric and positive, and a batch that comes again and again becomes the memory.
   */
  @Property(seed = "217", tries = 5)
  void momentsFollowRotationsAndConverge(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array z = draws.normal(6, 3);
    Array q = draws.orthogonal(3);
    Map<String, Array> plain = after(4, z);
    Map<String, Array> rotated = after(4, Rows.times(z, q));
    Array covariance = plain.get("covariance");
    assertClose(
        rotated.get("covariance"), Rows.times(Rows.transposed(q), Rows.times(covariance, q)));
    assertClose(covariance, Rows.transposed(covariance));
    Map<String, Array> settled = after(40, z);
    assertClose(settled.get("mean"), Array.fill(Shape.of(3), j -> mean(z, j)));
    assertThat(Evaluation.scalar(Expr.constant(settled.get("covariance")).logDeterminant()))
        .isFinite();
  }

  private static double mean(Array z, int column) {
    double[] values = Rows.row(Rows.transposed(z), column);
    return Arrays.stream(values).average().orElseThrow();
  }

  private static Map<String, Array> after(int steps, Array batch) {
    RunningMoments first = RunningMoments.variables("first", 3);
    RunningMoments second = RunningMoments.variables("second", 3);
    Expr z = Expr.constant(batch);
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Program program =
          engine.compile(Step.named("step").updating(COR_INFO_MAX.updates(z, z, first, second)));
      for (int i = 0; i < steps; i++) {
        program.run();
      }
      assertThat(engine.read(second.covariance())).isEqualTo(engine.read(first.covariance()));
      return Map.of(
          "mean", engine.read(first.mean()), "covariance", engine.read(first.covariance()));
    }
  }
}
