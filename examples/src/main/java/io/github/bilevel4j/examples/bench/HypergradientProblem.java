package io.github.bilevel4j.examples.bench;

/** The problems whose hypergradients are timed. */
public enum HypergradientProblem {
  /** Logistic regression, {@link LogisticWorkload}. */
  A,
  /** iMAML, {@link ImamlWorkload}. */
  B;

  /** The problem, of full size or small enough to try it out. */
  public HypergradientWorkload workload(boolean small) {
    return switch (this) {
      case A -> small ? LogisticWorkload.of(60, 50, 8) : LogisticWorkload.of(5000, 5000, 500);
      case B -> small ? ImamlWorkload.of(4, 8) : ImamlWorkload.of(64, 32);
    };
  }
}
