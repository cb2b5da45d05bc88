package io.github.bilevel4j.examples.ssl;

import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.problem.Objective;

/** A self-supervised method on two views: what it adds to an encoder, and its loss. */
public interface SslMethod {

  /** The augmentations that make the two views of images of a size. */
  Views views(int size);

  /** The projector from features {@code [n, features]} to embeddings {@code [n, d]}. */
  Layer projector();

  /** The loss of two views' features {@code [n, features]}, its parts as named terms. */
  Objective objective(Expr h1, Expr h2, Pass pass);
}
