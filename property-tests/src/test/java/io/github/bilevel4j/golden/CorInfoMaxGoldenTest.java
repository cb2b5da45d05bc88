package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.CorInfoMaxLoss;
import io.github.bilevel4j.losses.redundancy.RunningMoments;
import io.github.bilevel4j.shape.Array;

/** CorInfoMax over two steps: the moments of the first are those that the second starts from. */
class CorInfoMaxGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "corinfomax";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().inFloat32(3e-5);
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    requireUnitStart(golden);
    int d = golden.input("z1_step0").shape().dim(1);
    RunningMoments first = RunningMoments.variables("first", d);
    RunningMoments second = RunningMoments.variables("second", d);
    for (int t = 0; golden.hasInput("z1_step" + t); t++) {
      step(golden, t, first, second, engine, computed);
    }
  }

  private static void step(
      GoldenCase golden,
      int t,
      RunningMoments first,
      RunningMoments second,
      Engine engine,
      Computed computed) {
    CorInfoMaxLoss corInfoMax = corInfoMax(golden);
    Expr z1 = golden.variable("z1_step" + t);
    Expr z2 = golden.variable("z2_step" + t);
    Expr loss = corInfoMax.of(z1, z2, first, second);
    String path = "steps/" + t + "/";
    ImmutableMap<String, Array> values =
        engine
            .compile(
                Step.named("step")
                    .output("loss", loss)
                    .output("inv_loss", corInfoMax.alignment(z1, z2).dividedBy(corInfoMax.weight()))
                    .output("cov_loss", corInfoMax.constraint(z1, z2, first, second))
                    .output("grad/" + z1.name(), loss.gradient(z1))
                    .output("grad/" + z2.name(), loss.gradient(z2))
                    .updating(corInfoMax.updates(z1, z2, first, second)))
            .run()
            .all();
    values.forEach((name, value) -> computed.put(path + name, value));
    computed
        .put(path + "mu1", engine.read(first.mean()))
        .put(path + "R1", engine.read(first.covariance()))
        .put(path + "mu2", engine.read(second.mean()))
        .put(path + "R2", engine.read(second.covariance()));
  }

  private static CorInfoMaxLoss corInfoMax(GoldenCase golden) {
    CorInfoMaxLoss corInfoMax =
        CorInfoMaxLoss.weight(golden.number("sim_loss_weight_alpha"))
            .memory(golden.number("la_mu"), golden.number("la_R"))
            .epsilon(golden.number("R_eps_weight"));
    return golden.flag("l2_normalize") ? corInfoMax.onUnitRows() : corInfoMax;
  }

  private static void requireUnitStart(GoldenCase golden) {
    if (golden.number("R_ini") != 1 || golden.number("cov_loss_weight") != 1) {
      throw new IllegalArgumentException(
          "CorInfoMaxLoss starts from the identity and has no weight of its constraint, got "
              + golden.number("R_ini")
              + " and "
              + golden.number("cov_loss_weight"));
    }
  }
}
