import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.RotationInvariant;
import io.github.bilevel4j.laws.TranslationInvariant;

/** log 1/n^2 sum_ij exp(-2 |z_i - z_j|^2), how far samples are from an even spread; z [n, d]. */
class Uniformity implements RotationInvariant, TranslationInvariant {
  @Override
  public Expr loss(Expr z) {
    Expr squares = z.squared().sumKeeping(1);
    Expr distances = squares.plus(squares.transposed()).minus(z.rowGram().times(2));
    return distances.times(-2).logSumExp().minus(2 * Math.log(z.shape().dim(0)));
  }
}
