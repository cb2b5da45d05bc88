package io.github.bilevel4j.optimizer;

import io.github.bilevel4j.expr.Expr;

/** A closed convex set, given by the projection onto it: the nearest point in Euclidean norm. */
public interface Constraint {

  /** The point of the set nearest to a component of the parameters, in the component's shape. */
  Expr project(Expr component);

  /** For instance {@code [0.0, 1.0]}. */
  String description();
}
