package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;

/** A bi-level problem with its answer in closed form, as expressions of the outer variables. */
public interface SolvedProblem {

  /** The problem. */
  BilevelProblem problem();

  /** What is worth watching at the exact inner solution, scalars by name. */
  ImmutableMap<String, Expr> exactValues();

  /** The hypergradient at the exact inner solution. */
  Vector exactHypergradient();
}
