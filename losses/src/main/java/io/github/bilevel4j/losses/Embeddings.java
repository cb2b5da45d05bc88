package io.github.bilevel4j.losses;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Mistake;

/** Embeddings {@code [n, d]}: one sample a row. */
public final class Embeddings {
  private Embeddings() {}

  /**
   * The embeddings themselves.
   *
   * @throws IllegalArgumentException on behalf of the operation, if they are not a matrix
   */
  @CanIgnoreReturnValue
  public static Expr required(String operation, String role, Expr embeddings) {
    int rank = embeddings.shape().rank();
    if (rank != 2) {
      throw Mistake.in(operation)
          .because("needs embeddings [n, d], got rank %d", rank)
          .row(role, embeddings.label(), embeddings.shape().toString())
          .maybe(rank > 2 ? "flattened() or a pooling is missing." : "the batch axis is missing.");
    }
    return embeddings;
  }
}
