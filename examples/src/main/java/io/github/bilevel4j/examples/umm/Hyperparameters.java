package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;

/**
 * What governs how much a training memorizes, as variables: the strengths of an augmentation, the
 * weight of the constraint part of the self-supervised loss (that of the alignment is one, since
 * Adam does not mind a common factor), and a weight decay of each stage.
 */
public record Hyperparameters(
    LearnedAugmentation augmentation, Expr logConstraintWeight, StageWeights decay) {
  private static final String CONSTRAINT = "constraint";
  private static final double DECAY = 1e-4;

  /** With all augmentations of one strength, equal parts and a small decay to begin with. */
  public static Hyperparameters ofStrength(double strength, Encoder later) {
    return new Hyperparameters(
        LearnedAugmentation.ofStrength(strength),
        Expr.variable("weight " + CONSTRAINT, Array.scalar(0)),
        StageWeights.of("decay", later, DECAY));
  }

  /** The loss with its constraint part weighed; as it is if the constraint is an operation. */
  Objective weighted(Objective ssl) {
    Expr constraint = ssl.values().get(CONSTRAINT);
    return ssl.map(
        value -> value.equals(constraint) ? value.times(logConstraintWeight.exp()) : value);
  }

  /** The variables on which the training with a loss depends. */
  Variables variablesFor(Objective ssl) {
    Variables always = augmentation.logits().and(decay.logs());
    return ssl.values().containsKey(CONSTRAINT)
        ? always.and(Variables.of(logConstraintWeight))
        : always;
  }

  /** Strengths, weight and decays by name. */
  ImmutableMap<String, Expr> values() {
    return ImmutableMap.<String, Expr>builder()
        .putAll(augmentation.strengths())
        .put(logConstraintWeight.name(), logConstraintWeight.exp())
        .putAll(decay.values())
        .buildOrThrow();
  }
}
