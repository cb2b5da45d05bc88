package io.github.bilevel4j.losses;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/** Embeddings {@code [n, d]}: one sample a row. */
public final class Embeddings {
  private Embeddings() {}

  /**
   * Fails unless an operand is a matrix.
   *
   * @throws IllegalArgumentException on behalf of the operation, if it is not
   */
  public static void require(String operation, String role, Expr embeddings) {
    int rank = embeddings.shape().rank();
    if (rank != 2) {
      throw UsageError.in(operation)
          .because("needs rank 2 [n, d], got %d", rank)
          .row(role, embeddings.label(), embeddings.shape().toString())
          .maybe(rank > 2 ? "flattened() or a pooling is missing." : "the batch axis is missing.");
    }
  }
}
