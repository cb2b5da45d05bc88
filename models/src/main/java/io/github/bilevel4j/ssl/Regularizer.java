package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;

/** A term that can be added to any method's loss; see {@link SslMethod#plus}. */
@FunctionalInterface
public interface Regularizer {

  /** A scalar of the network and what the method is told of a batch, the views first. */
  Expr of(Network network, ImmutableList<Expr> views);
}
