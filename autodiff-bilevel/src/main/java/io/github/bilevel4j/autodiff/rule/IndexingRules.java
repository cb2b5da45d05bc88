package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.ScatterAdd;

/** Rows by position: gathering and scattering with addition are each other's adjoints. */
final class IndexingRules {
  private IndexingRules() {}

  static RuleTable table() {
    return new RuleTable()
        .rule(Gather.class, (op, y, i, a) -> a.scatterAdd(y.input(1), y.input(0).shape().dim(0)))
        .rule(ScatterAdd.class, (op, y, i, a) -> a.gather(y.input(1)));
  }
}
