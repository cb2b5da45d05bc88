package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Op;

/** How one kind of primitive is lowered. */
@FunctionalInterface
interface Rule<O extends Op> {

  /** Adds the operations for a node whose inputs are lowered already. */
  Lowered lower(O op, Expr node, Lowering lowering);
}
