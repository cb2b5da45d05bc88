package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Optimizer;

/** Steps of SGD, Adam and AdamW along given gradients. */
class OptimizerGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "sgd_adam";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    new OptimizerSteps(golden, optimizer(golden)).compute(engine, computed);
  }

  private static Optimizer optimizer(GoldenCase golden) {
    double weightDecay = golden.numberOrZero("weight_decay");
    return switch (golden.text("opt")) {
      case "sgd" ->
          Sgd.rate(OptimizerSteps.rate(golden))
              .momentum(golden.numberOrZero("momentum"))
              .weightDecay(weightDecay)
              .nesterov(golden.flag("nesterov"));
      case "adam" -> adam(golden).weightDecay(weightDecay);
      case "adamw" -> adam(golden).decoupledWeightDecay(weightDecay);
      default -> throw new IllegalArgumentException("unknown optimizer " + golden.text("opt"));
    };
  }

  private static Adam adam(GoldenCase golden) {
    double[] betas = golden.numbers("betas");
    return Adam.rate(OptimizerSteps.rate(golden))
        .beta1(betas[0])
        .beta2(betas[1])
        .epsilon(golden.number("eps"));
  }
}
