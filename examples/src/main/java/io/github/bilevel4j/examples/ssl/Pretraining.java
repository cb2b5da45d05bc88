package io.github.bilevel4j.examples.ssl;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import java.util.List;

/** Self-supervised pre-training: a method's loss over encoder and projector together. */
public final class Pretraining {
  private Pretraining() {}

  /** The problem for two views of a batch of images. */
  public static SingleLevelProblem problem(
      Encoder encoder, SslMethod method, List<Expr> views, Optimizer optimizer) {
    Pass pass = Pass.training();
    Expr h1 = encoder.apply(views.get(0), pass);
    Expr h2 = encoder.apply(views.get(1), pass);
    return SingleLevel.problem("pretrain")
        .over(encoder.parameters().and(method.projector().parameters()))
        .minimize(method.objective(h1, h2, pass))
        .steppedBy(optimizer)
        .updating(pass.updates());
  }
}
