package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.optimizer.Lars;
import io.github.bilevel4j.optimizer.Schedule;

/** Both published variants of LARS, along given gradients of a matrix, a bias and a kernel. */
class LarsGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "lars";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    new OptimizerSteps(golden, lars(golden)).compute(engine, computed);
  }

  private static Lars lars(GoldenCase golden) {
    Schedule rate = OptimizerSteps.rate(golden);
    Lars lars = golden.text("variant").equals("solo") ? Lars.solo(rate) : Lars.facebook(rate);
    Lars set =
        lars.momentum(golden.number("momentum"))
            .weightDecay(golden.number("weight_decay"))
            .trust(golden.number("eta"))
            .clipped(golden.flag("clip_lr"));
    return golden.flag("exclude_bias_n_norm") ? set : set.excluding(name -> false);
  }
}
