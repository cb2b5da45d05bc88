package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Provide;

/**
 * A loss whose laws jqwik checks. A class of tests implements the laws that its loss claims and one
 * of the three methods named {@code loss}:
 *
 * <pre>{@code
 * class MyLossProperties implements SymmetricInViews, RotationInvariant {
 *   @Override
 *   public Expr loss(Expr z1, Expr z2) {
 *     return z1.normalized(-1).minus(z2.normalized(-1)).squared().mean();
 *   }
 * }
 * }</pre>
 *
 * <p>A law that does not hold is reported with the smallest example that jqwik's shrinking finds:
 * the matrices, both sides, their difference.
 */
public interface EmbeddingLoss {

  /** The loss of one batch of embeddings {@code [n, d]}, a scalar; for a regularizer. */
  default Expr loss(Expr z) {
    throw LossFunctions.notWritten(getClass());
  }

  /** The loss of the embeddings of two views, each {@code [n, d]}, a scalar. */
  default Expr loss(Expr z1, Expr z2) {
    throw LossFunctions.notWritten(getClass());
  }

  /** The loss of the embeddings of {@link #views} views, each {@code [n, d]}, a scalar. */
  default Expr loss(List<Expr> views) {
    return switch (views.size()) {
      case 1 -> loss(views.get(0));
      case 2 -> loss(views.get(0), views.get(1));
      default -> throw LossFunctions.notWritten(getClass());
    };
  }

  /** The number of views: one if the loss of one batch is written, else two. */
  default int views() {
    return LossFunctions.views(getClass());
  }

  /** The shapes at which laws are checked: n above d and d above n. */
  default ImmutableList<Shape> shapes() {
    return ImmutableList.of(Shape.of(6, 4), Shape.of(3, 7));
  }

  /**
   * The examples at which laws are checked: normal embeddings of one of the {@link #shapes}. They
   * shrink to fewer rows and columns, then to simpler entries.
   *
   * @throws UsageError if there is no shape
   */
  @Provide
  default Arbitrary<Example> examples() {
    return Examples.normal(views(), shapes());
  }

  /** The loss with its compiled programs, which all tests of one class share. */
  default LossFunction function() {
    return LossFunctions.of(this);
  }
}
