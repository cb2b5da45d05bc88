import io.github.bilevel4j.expr.Expr;

/** Minus the mean cosine of two views; 0 / 0 where a row is zero. */
class ZeroRows {
  static Expr cosine(Expr z1, Expr z2) {
    Expr lengths = z1.squared().sum(1).times(z2.squared().sum(1)).sqrt();
    return z1.times(z2).sum(1).dividedBy(lengths).mean().negated();
  }
}
