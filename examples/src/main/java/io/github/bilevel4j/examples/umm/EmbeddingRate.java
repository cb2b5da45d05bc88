package io.github.bilevel4j.examples.umm;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.information.InstanceMembership;
import io.github.bilevel4j.ssl.Network;
import java.util.List;
import java.util.function.BinaryOperator;

/**
 * How the coding-rate reduction of two views is computed from their embeddings, rows scaled to
 * length one; see {@link CodingRate}.
 */
public record EmbeddingRate(BinaryOperator<Expr> ofEmbeddings) {

  /** Each image a class of its own with its two views as members: closed form, fast. */
  public static EmbeddingRate pairs(double epsilonSquared) {
    return new EmbeddingRate(unitRows(epsilonSquared)::reductionOfPairs);
  }

  /**
   * Each sample the anchor of a class, memberships by similarity: as in the paper's text. Of n
   * images it takes 2n Cholesky factorizations.
   *
   * @param temperature of the memberships, see {@link InstanceMembership}; 1 is usual
   */
  public static EmbeddingRate instances(double epsilonSquared, double temperature) {
    InstanceMembership membership = InstanceMembership.overAnchors().temperature(temperature);
    CodingRate rate = unitRows(epsilonSquared);
    return new EmbeddingRate((z1, z2) -> rate.reductionOfInstances(z1, z2, membership));
  }

  /** The reduction of the first two views' embeddings by a network, a scalar to be maximized. */
  Expr reduction(Network network, Layer projector, List<Expr> views) {
    List<Expr> z = network.embed(views.subList(0, 2), projector);
    return ofEmbeddings.apply(z.get(0), z.get(1));
  }

  private static CodingRate unitRows(double epsilonSquared) {
    return CodingRate.epsilonSquared(epsilonSquared).onUnitRows();
  }
}
