package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import java.util.List;
import java.util.Map;

/** Losses of predictions p1, p2 and constant projections z1, z2 that are alignment alone. */
interface PredictionGolden extends GoldenKind {

  /** The loss. */
  Expr loss(List<Expr> predictions, List<Expr> projections);

  /** The part of it that draws views together. */
  Expr alignment(List<Expr> predictions, List<Expr> projections);

  @Override
  default void compute(GoldenCase golden, Engine engine, Computed computed) {
    Map<String, Expr> points = golden.variables();
    List<Expr> p = List.of(points.get("p1"), points.get("p2"));
    List<Expr> z = List.of(points.get("z1"), points.get("z2"));
    golden.requires("n", p.get(0).shape().dim(0)).requires("d", p.get(0).shape().dim(1));
    if (golden.hasParameter("reduction")) {
      golden.requires("reduction", "sum_of_views");
    }
    Expr loss = loss(p, z);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, points)
        .put("extras/alignment", alignment(p, z))
        .put("extras/constraint", loss.minus(alignment(p, z)))
        .put("extras/mean_of_two_views_form", loss.dividedBy(2));
  }
}
