package io.github.bilevel4j.examples.ssl;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.problem.Objective;

/**
 * SimCLR (Chen et al., 2020): the two views of an image attract each other on the sphere, all other
 * images repel. Colours are jittered so strongly that they do not give an image away.
 */
public record SimClr(Layer projector, NtXent ntXent) implements SslMethod {

  /** SimCLR with a new projector {@code features -> 2 features -> 64} and temperature 0.2. */
  public static SimClr on(int features, Scope scope) {
    MlpHead head = MlpHead.layers(features, 2 * features, 64).hiddenNorm(MlpHead.Norm.AFFINE);
    return new SimClr(head.in(scope.child("projector")), NtXent.temperature(0.2));
  }

  @Override
  public Views views(int size) {
    return Augmentations.strongColor(size);
  }

  @Override
  public Objective objective(Expr h1, Expr h2, Pass pass) {
    Expr z1 = projector.apply(h1, pass);
    Expr z2 = projector.apply(h2, pass);
    return Objective.of("alignment", ntXent.alignment(z1, z2))
        .plus("uniformity", ntXent.constraint(z1, z2));
  }
}
