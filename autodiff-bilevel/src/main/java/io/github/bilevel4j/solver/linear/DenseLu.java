package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The matrix, some columns at a time, then one LU decomposition. The curvatures reported are the
 * diagonal elements {@code e_k.A e_k}.
 *
 * <p>The decomposition of a singular matrix fails, or, if rounding hides the zero pivot, gives
 * numbers without meaning. The columns are therefore orthogonalized as they come (block
 * Gram-Schmidt, twice: Barlow and Smoktunowicz, 2013) to the rows q of Q, together with the
 * directions p whose images these are; for one column
 *
 * <pre>
 * n = e_k - P^T Q A e_k      A n = A e_k - Q^T Q A e_k      q = A n / |A n|      p = n / |A n|
 * </pre>
 *
 * If {@code |A n|} is at most {@code sum over j of |n_j| |A e_j|} times the precision, it is what
 * rounding leaves of zero, and the operator is singular along n. That bound depends neither on the
 * scale of the columns nor on how large a part of n the last of them is. Such a column is left out
 * of Q and P; if there is one, the solution is
 *
 * <pre>
 * x = P^T Q b
 * </pre>
 *
 * which satisfies the system if b is in the operator's range.
 */
record DenseLu(long limit) implements Dense {
  private static final String MATRIX = "matrix";
  private static final String BASIS = "basis";
  private static final String DIRECTIONS = "directions";
  private static final String LENGTHS = "lengths";
  private static final String LEFT_OUT = "columns left out";

  private static final double ROUNDINGS = 2;

  DenseLu {
    Dense.check(limit);
  }

  @Override
  public DirectSolver limit(long dimension) {
    return new DenseLu(dimension);
  }

  @Override
  public Iterate start(LinearSystem system) {
    int dimension = iterationsFor(system.dimension());
    Expr square = Expr.filled(0, Shape.of(dimension, dimension));
    return Iterate.without()
        .with(MATRIX, square)
        .with(BASIS, square)
        .with(DIRECTIONS, square)
        .with(LENGTHS, Expr.filled(0, Shape.of(dimension)))
        .with(COUNT, SafeDivision.ZERO)
        .with(LEFT_OUT, SafeDivision.ZERO);
  }

  /**
   * Directions p and their images q, one above another.
   *
   * @param singular 1 for each row whose image was rounding, and which is zero, else 0
   */
  private record Rows(Expr directions, Expr images, ImmutableList<Expr> singular) {

    /**
     * With images of length one, or zero, orthogonal to a basis and to each other.
     *
     * @param lengths of the operator's columns
     */
    Rows orthogonal(Expr basis, Expr directionsOfBasis, Expr lengths) {
      Expr parts = images.matmulTransposed(basis);
      Expr all = images.minus(parts.matmul(basis));
      Expr allDirections = directions.minus(parts.matmul(directionsOfBasis));
      List<Expr> q = new ArrayList<>();
      List<Expr> p = new ArrayList<>();
      ImmutableList.Builder<Expr> found = ImmutableList.builder();
      for (int k = 0; k < images.shape().dim(0); k++) {
        Expr image = Dense.row(all, k);
        Expr direction = Dense.row(allDirections, k);
        if (k > 0) {
          Expr before = Expr.concat(0, q.toArray(Expr[]::new));
          Expr part = image.matmulTransposed(before);
          image = image.minus(part.matmul(before));
          direction = direction.minus(part.matmul(Expr.concat(0, p.toArray(Expr[]::new))));
        }
        Expr length = image.norm();
        Expr scale = SafeDivision.quotient(SafeDivision.ONE, length);
        Expr rounding =
            direction
                .times(scale)
                .reshape(-1)
                .abs()
                .dot(lengths)
                .times(SafeDivision.roundoff())
                .times(ROUNDINGS)
                .times(length);
        Expr isRounding = rounding.atLeast(length);
        q.add(isRounding.where(SafeDivision.ZERO, image.times(scale)));
        p.add(isRounding.where(SafeDivision.ZERO, direction.times(scale)));
        found.add(isRounding);
      }
      return new Rows(
          Expr.concat(0, p.toArray(Expr[]::new)),
          Expr.concat(0, q.toArray(Expr[]::new)),
          found.build());
    }
  }

  /** The transposed matrix is kept: its row k is {@code A e_k}. */
  @Override
  public Block next(LinearSystem system, Iterate now, int count) {
    Expr basis = now.tensor(BASIS);
    Expr directions = now.tensor(DIRECTIONS);
    Columns columns = Columns.next(system, now, count);
    Expr images = columns.images();
    Expr lengths =
        now.tensor(LENGTHS)
            .plus(columns.placed(images.squared().sum(1).sqrt().unsqueezed(-1)).reshape(-1));
    Rows rows =
        new Rows(columns.units(), images, ImmutableList.of())
            .orthogonal(basis, directions, lengths)
            .orthogonal(basis, directions, lengths);

    ImmutableList.Builder<ImmutableMap<String, Expr>> measured = ImmutableList.builder();
    Expr leftOut = now.tensor(LEFT_OUT);
    for (int k = 0; k < count; k++) {
      Expr unit = Dense.row(columns.units(), k);
      Expr singular = rows.singular().get(k);
      leftOut = leftOut.plus(singular);
      measured.add(
          ImmutableMap.of(
              Iterate.CURVATURE,
              unit.times(Dense.row(images, k)).sum(),
              Iterate.SINGULAR,
              singular));
    }
    return new Block(
        Iterate.without()
            .with(MATRIX, now.tensor(MATRIX).plus(columns.placed(images)))
            .with(BASIS, basis.plus(columns.placed(rows.images())))
            .with(DIRECTIONS, directions.plus(columns.placed(rows.directions())))
            .with(LENGTHS, lengths)
            .with(COUNT, now.tensor(COUNT).plus(count))
            .with(LEFT_OUT, leftOut),
        measured.build());
  }

  @Override
  public Vector solution(LinearSystem system, Iterate last) {
    Vector b = system.right();
    Expr column = b.flattened().unsqueezed(-1);
    Expr x =
        Expr.cond(
            last.tensor(LEFT_OUT),
            last.tensor(DIRECTIONS).transposedMatmul(last.tensor(BASIS).matmul(column)),
            last.tensor(MATRIX).transposedSolve(column));
    return b.unflattened(x.reshape(-1));
  }

  @Override
  public boolean needsPositiveCurvature() {
    return false;
  }

  @Override
  public String description() {
    return "dense LU";
  }
}
