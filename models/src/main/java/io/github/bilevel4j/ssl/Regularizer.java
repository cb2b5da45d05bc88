package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;

/** A term that can be added to any method's loss; see {@link SslMethod#plus}. */
@FunctionalInterface
public interface Regularizer {

  /** A scalar of the network and the views of a batch, each {@code [n, height, width, 3]}. */
  Expr of(Network network, ImmutableList<Expr> views);
}
