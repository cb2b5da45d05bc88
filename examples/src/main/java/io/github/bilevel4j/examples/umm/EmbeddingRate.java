package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.information.InstanceMembership;

/** How the coding-rate reduction of two views' embeddings is computed; see {@link CodingRate}. */
@FunctionalInterface
public interface EmbeddingRate {

  /** The coding-rate reduction, a scalar to be maximised. */
  Expr reduction(Expr z1, Expr z2);

  /** Each image a class of its own with its two views as members: closed form, fast. */
  static EmbeddingRate pairs(double epsilonSquared) {
    return CodingRate.epsilonSquared(epsilonSquared).onUnitRows()::reductionOfPairs;
  }

  /** Each sample the anchor of a class, memberships by similarity: as in the paper's text. */
  static EmbeddingRate instances(double epsilonSquared) {
    InstanceMembership membership = InstanceMembership.overAnchors().temperature(1);
    CodingRate rate = CodingRate.epsilonSquared(epsilonSquared).onUnitRows();
    return (z1, z2) -> rate.reductionOfInstances(z1, z2, membership);
  }
}
