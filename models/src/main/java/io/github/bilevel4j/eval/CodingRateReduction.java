package io.github.bilevel4j.eval;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import java.util.HashMap;
import java.util.Map;

/**
 * The coding rate reduction of features by their classes, {@code R - R_c} of {@link CodingRate} in
 * nats: how much larger the space of all features is than those of single classes. It needs no
 * second part and no training, so that it can be watched during a run.
 *
 * <p>Matrices have the smaller side of samples and dimension. It compiles once for each choice of
 * labels and dimension, so keep it where the same samples are evaluated again.
 */
public final class CodingRateReduction {
  private final Engine engine;
  private final CodingRate rate;
  private final Map<Plan, Compiled> compiled = new HashMap<>();

  private CodingRateReduction(Engine engine, CodingRate rate) {
    this.engine = engine;
    this.rate = rate;
  }

  /** What the formula depends on. */
  private record Plan(ImmutableIntArray labels, int dimension) {}

  /** A program and where it is fed. */
  private record Compiled(Expr features, Program program) {}

  /** With distortion {@code eps^2 = 0.5} and rows scaled to length one. */
  public static CodingRateReduction on(Engine engine) {
    return on(engine, CodingRate.epsilonSquared(0.5).onUnitRows());
  }

  /** With a coding rate of one's own. */
  public static CodingRateReduction on(Engine engine, CodingRate rate) {
    return new CodingRateReduction(engine, rate);
  }

  /** The reduction, not negative but for rounding. */
  public double of(Features features) {
    Compiled reduction =
        compiled.computeIfAbsent(new Plan(features.labels(), features.dimension()), this::compile);
    Feed feed = Feed.of(reduction.features(), features.matrix());
    return reduction.program().run(feed).scalar("reduction");
  }

  private Compiled compile(Plan plan) {
    Expr z = Expr.input("features", plan.labels().length(), plan.dimension());
    Step step =
        Step.named("coding rate reduction")
            .output("reduction", rate.reduction(z, plan.labels().toArray()));
    return new Compiled(z, engine.compile(step));
  }
}
