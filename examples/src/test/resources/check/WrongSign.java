import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.NonNegative;
import io.github.bilevel4j.laws.SymmetricInViews;

/** Mean squared distance of two views, with a wrong sign and a wrong factor. */
class WrongSign implements SymmetricInViews, NonNegative {
  @Override
  public Expr loss(Expr z1, Expr z2) {
    return z1.plus(z2.times(-2)).squared().mean();
  }
}
