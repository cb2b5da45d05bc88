package io.github.bilevel4j.laws;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.losses.information.InstanceMembership;
import java.util.List;

/**
 * The coding rate reduction where every sample is the anchor of a class, on unit rows. It is not
 * negative, as each sample is a distribution over the anchors.
 */
class InstanceReductionProperties implements ReductionOfViews {
  @Override
  public Expr loss(List<Expr> views) {
    return CodingRate.epsilonSquared(0.5)
        .onUnitRows()
        .reductionOfInstances(
            views.get(0), views.get(1), InstanceMembership.overAnchors().temperature(1));
  }
}
