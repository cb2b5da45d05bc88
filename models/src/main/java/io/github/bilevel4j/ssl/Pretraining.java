package io.github.bilevel4j.ssl;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;

/** Self-supervised pre-training: a method's loss over encoder and heads together. */
public final class Pretraining {
  private Pretraining() {}

  /** The problem for views of a batch of images. */
  public static SingleLevelProblem problem(Encoder encoder, ViewBatch views, Optimizer optimizer) {
    Pass pass = Pass.training().across(views.replicas());
    SslLoss loss = views.loss(Network.of(encoder, pass));
    return SingleLevel.problem("pretrain")
        .over(encoder.parameters().and(views.method().parameters()))
        .minimize(loss.objective())
        .steppedBy(optimizer)
        .updating(pass.updates())
        .updating(loss.updates());
  }
}
