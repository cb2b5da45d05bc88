package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * The quotient {@code q} of expressions {@code e = q y} that have a node y as a factor, without a
 * division: where y is zero and has no derivative, {@code q y f(y)} may still have one, which can
 * only be seen once the factor is cancelled.
 *
 * <p>The factor is found in products, powers, and sums of them, also where y was stretched for a
 * product and the adjoint was summed over the stretched axes. It may be {@value #DEPTH} operations
 * deep.
 */
final class Quotient {
  private static final int DEPTH = 16;
  private static final int NESTED_SUMS = 8;
  private static final Expr ZERO = Expr.constant(0);
  private static final Expr ONE = Expr.constant(1);

  private final Expr divisor;
  private final Map<List<Object>, Optional<Expr>> known = new HashMap<>();

  private Quotient(Expr divisor) {
    this.divisor = divisor;
  }

  /**
   * A linear function of an adjoint a, term by term: for terms {@code q y} one of q, for the rest
   * one of the term.
   */
  static Expr termwise(Expr a, Expr y, UnaryOperator<Expr> ofQuotient, UnaryOperator<Expr> ofRest) {
    return new Quotient(y).termwise(a, ofQuotient, ofRest, NESTED_SUMS);
  }

  private Expr termwise(
      Expr a, UnaryOperator<Expr> ofQuotient, UnaryOperator<Expr> ofRest, int depth) {
    Optional<Expr> whole = of(a, divisor.shape(), DEPTH);
    if (whole.isPresent()) {
      return ofQuotient.apply(whole.get()).broadcastTo(a.shape());
    }
    if (depth > 0 && isSum(a) && hasFactor(a, depth)) {
      Expr left = termwise(stretched(a, 0), ofQuotient, ofRest, depth - 1);
      Expr right = termwise(stretched(a, 1), ofQuotient, ofRest, depth - 1);
      return a.op() == Binary.ADD ? left.plus(right) : left.minus(right);
    }
    return ofRest.apply(a);
  }

  /** Whether a term has the factor. */
  private boolean hasFactor(Expr a, int depth) {
    return of(a, divisor.shape(), DEPTH).isPresent()
        || (depth > 0
            && isSum(a)
            && (hasFactor(stretched(a, 0), depth - 1) || hasFactor(stretched(a, 1), depth - 1)));
  }

  private static boolean isSum(Expr a) {
    return a.op() == Binary.ADD || a.op() == Binary.SUBTRACT;
  }

  private static Expr stretched(Expr sum, int input) {
    return sum.input(input).broadcastTo(sum.shape());
  }

  /**
   * The quotient, in a shape that stretches to the expression's.
   *
   * @param factor the shape of the divisor in the expression, to which it stretches
   */
  private Optional<Expr> of(Expr e, Shape factor, int depth) {
    if (depth == 0 || !stretches(factor, e.shape())) {
      return Optional.empty();
    }
    List<Object> key = List.of(e, factor);
    Optional<Expr> result = known.get(key);
    if (result == null) {
      result = computed(e, factor, depth - 1);
      known.put(key, result);
    }
    return result;
  }

  private Optional<Expr> computed(Expr e, Shape factor, int depth) {
    if (e.equals(divisor) && (e.shape().equals(factor) || isOne(factor))) {
      return Optional.of(ONE);
    }
    if (isZero(e)) {
      return Optional.of(ZERO);
    }
    if (e.op() instanceof Binary binary) {
      return ofBinary(binary, e.input(0), e.input(1), factor, depth);
    }
    if (e.op() == Unary.NEGATE) {
      return of(e.input(0), factor, depth).map(Expr::negated);
    }
    if (e.op() == Unary.SQUARE) {
      return of(e.input(0), factor, depth).map(q -> q.times(e.input(0)));
    }
    if (e.op() instanceof Power power && power.exponent() >= 1) {
      return of(e.input(0), factor, depth).map(q -> q.times(e.input(0).pow(power.exponent() - 1)));
    }
    if (e.op() instanceof Select) {
      return both(
          e.input(1), e.input(2), factor, depth, (left, right) -> e.input(0).where(left, right));
    }
    if (e.op() instanceof BroadcastTo) {
      return of(e.input(0), factor, depth);
    }
    if (e.op() instanceof Reshape) {
      return reshaped(e, factor, depth);
    }
    if (e.op() instanceof Reduction sum && sum.kind() == Reduction.Kind.SUM) {
      Expr terms = e.input(0);
      return of(terms, factor, depth).map(q -> Expr.of(sum, q.broadcastTo(terms.shape())));
    }
    return Optional.empty();
  }

  private Optional<Expr> ofBinary(Binary op, Expr left, Expr right, Shape factor, int depth) {
    return switch (op) {
      case ADD -> both(left, right, factor, depth, Expr::plus);
      case SUBTRACT -> both(left, right, factor, depth, Expr::minus);
      case MULTIPLY ->
          of(left, factor, depth)
              .map(q -> q.times(right))
              .or(() -> of(right, factor, depth).map(q -> left.times(q)));
      case DIVIDE -> of(left, factor, depth).map(q -> q.dividedBy(right));
      default -> Optional.empty();
    };
  }

  private Optional<Expr> both(
      Expr left, Expr right, Shape factor, int depth, BinaryOperator<Expr> joined) {
    return of(left, factor, depth)
        .flatMap(l -> of(right, factor, depth).map(r -> joined.apply(l, r)));
  }

  /** The same elements in the same order, one for each of the divisor, or a divisor of one. */
  private Optional<Expr> reshaped(Expr e, Shape factor, int depth) {
    Expr operand = e.input(0);
    if (isOne(factor)) {
      return of(operand, Shape.scalar(), depth)
          .map(q -> q.broadcastTo(operand.shape()).reshape(e.shape()));
    }
    return e.shape().size() == factor.size()
        ? of(operand, operand.shape(), depth)
            .map(q -> q.broadcastTo(operand.shape()).reshape(e.shape()))
        : Optional.empty();
  }

  private static boolean stretches(Shape from, Shape to) {
    return from.broadcastWith(to).equals(Optional.of(to));
  }

  private static boolean isOne(Shape shape) {
    return shape.size() == 1;
  }

  private static boolean isZero(Expr e) {
    return e.op() instanceof BroadcastTo
        ? isZero(e.input(0))
        : e.op() instanceof Leaf.Constant constant
            && e.shape().isScalar()
            && constant.value().at(0) == 0;
  }
}
