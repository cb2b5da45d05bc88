package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.ReSslLoss;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** ReSSL of a student, a teacher and a queue of as many keys as images. */
class ReSslProperties implements AngularLoss, NonNegative, ConstantInTargets, EvaluatedLoss {
  private static final double STUDENT = 0.5;
  private static final double TEACHER = 0.3;
  private static final ReSslLoss RE_SSL = ReSslLoss.temperatures(STUDENT, TEACHER);

  @Override
  public int views() {
    return 3;
  }

  @Override
  public Expr loss(List<Expr> views) {
    return RE_SSL.of(views.get(0), views.get(1), views.get(2));
  }

  @Override
  public ImmutableSet<Integer> targets() {
    return ImmutableSet.of(1, 2);
  }

  /** No probability of the student is less than {@code exp(-2 / temperature) / K}. */
  @Override
  public Range<Double> bounds(int samples) {
    return Range.closed(0.0, Math.log(samples) + 2 / STUDENT);
  }

  @Override
  public double atOnePoint(int samples) {
    return Math.log(samples);
  }

  /** A student that sees what the teacher sees, as sharply, cannot be better. */
  @Property(seed = "113", tries = 20)
  void isAtLeastTheEntropyOfTheTeacher(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> entropies =
        compiled("entropies", Precision.FLOAT64, views, ReSslProperties::entropies).at(views);
    double entropy = entropies.get("entropy").scalarValue();
    assertThat(at(views).value()).isGreaterThan(entropy);
    assertClose(entropies.get("perfect").scalarValue(), entropy);
  }

  private static Map<String, Expr> entropies(List<Expr> views) {
    Expr teacher = views.get(1);
    Expr queue = views.get(2);
    return Map.of(
        "entropy", RE_SSL.targetEntropy(teacher, queue),
        "perfect", ReSslLoss.temperatures(TEACHER, TEACHER).of(teacher, teacher, queue));
  }
}
