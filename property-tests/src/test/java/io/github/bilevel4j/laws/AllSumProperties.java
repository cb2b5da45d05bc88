package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.autodiff.Replicas;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import java.util.function.IntFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * The sum over replicas and what is derived from it, on replicas that {@link Replicas} puts side by
 * side in float64. What is differentiated is the sum of the replicas' scalars.
 */
class AllSumProperties {
  /** Divisible by one to four replicas. */
  private static final int BATCH = 12;

  private static final int DIM = 3;
  private static final double TOLERANCE = 1e-12;

  /** What each replica holds, and what an expression of it is on each. */
  private record Held(int replicas, ImmutableMap<Expr, Array> whole) {

    /** The rows that belong to a replica. */
    private Map<Expr, Expr> own(int replica) {
      ImmutableMap.Builder<Expr, Expr> own = ImmutableMap.builder();
      whole.forEach(
          (input, rows) -> {
            int n = input.shape().dim(0);
            own.put(input, Expr.constant(rows).slice(0, replica * n, (replica + 1) * n));
          });
      return own.buildOrThrow();
    }

    ImmutableList<Array> onEach(Expr expression) {
      return Replicas.together(expression, replicas, this::own).stream()
          .map(Interpreter.atStart()::evaluate)
          .collect(ImmutableList.toImmutableList());
    }

    double sum(Expr scalar) {
      return onEach(scalar).stream().mapToDouble(Array::scalarValue).sum();
    }

    void assertEqualOnAll(Expr expression, Array expected) {
      onEach(expression).forEach(value -> assertClose(value, expected, TOLERANCE));
    }
  }

  private static Expr rows(int replicas) {
    return Expr.input("rows", BATCH / replicas, DIM);
  }

  private static Array rows(Draws draws) {
    return draws.normal(BATCH, DIM);
  }

  @Property(seed = "1401", tries = 10)
  void onOneReplicaIsTheIdentity(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Expr x = Expr.variable("x", draws.normal(4, DIM));
    Expr written = Expr.of(new AllSum(1), x);
    Array weights = draws.normal(4, DIM);
    Expr loss = written.tanh().dot(Expr.constant(weights));
    assertThat(x.allSum(1)).isSameAs(x);
    Map<String, Array> results =
        Evaluation.of(
            Map.of(
                "x",
                x,
                "sum",
                written,
                "gradient",
                loss.gradient(x),
                "expected",
                x.tanh().dot(Expr.constant(weights)).gradient(x)));
    assertThat(results.get("sum")).isEqualTo(results.get("x"));
    assertThat(results.get("gradient")).isEqualTo(results.get("expected"));
    assertThat(Interpreter.atStart().evaluate(written)).isEqualTo(results.get("x"));
  }

  @Property(seed = "1402", tries = 10)
  void isLinear(@ForAll long seed, @ForAll @IntRange(min = 2, max = 4) int replicas) {
    Draws draws = Draws.seed(seed);
    Expr x = rows(replicas);
    Expr y = Expr.input("others", x.shape().toArray());
    Array a = draws.normal();
    Array b = draws.normal();
    Held held = new Held(replicas, ImmutableMap.of(x, rows(draws), y, rows(draws)));
    ImmutableList<Array> together =
        held.onEach(x.times(Expr.constant(a)).plus(y.times(Expr.constant(b))).allSum(replicas));
    ImmutableList<Array> apart =
        held.onEach(
            x.allSum(replicas)
                .times(Expr.constant(a))
                .plus(y.allSum(replicas).times(Expr.constant(b))));
    assertClose(together, apart);
    assertThat(together).allMatch(together.get(0)::equals);
  }

  /** {@code sum_r <(A x)_r, y_r> = sum_r <x_r, (A y)_r>}, by formula and by both modes. */
  @Property(seed = "1403", tries = 10)
  void isItsOwnAdjoint(@ForAll long seed, @ForAll @IntRange(min = 2, max = 4) int replicas) {
    Draws draws = Draws.seed(seed);
    Expr x = rows(replicas);
    Expr y = Expr.input("others", x.shape().toArray());
    Held held = new Held(replicas, ImmutableMap.of(x, rows(draws), y, rows(draws)));
    double expected = held.sum(x.allSum(replicas).dot(y));
    Vector point = only(x);
    Vector sum = only(x.allSum(replicas));
    assertClose(held.sum(x.dot(y.allSum(replicas))), expected);
    assertClose(held.sum(Derivatives.jvp(sum, point, only(x)).dot(only(y))), expected);
    assertClose(held.sum(Derivatives.vjp(sum, point, only(y)).dot(only(x))), expected);
  }

  /** A sum of what is equal is n times it, so that a mean of means is the mean. */
  @Property(seed = "1404", tries = 10)
  void ofASumIsItsMultiple(@ForAll long seed, @ForAll @IntRange(min = 2, max = 4) int replicas) {
    Expr x = rows(replicas);
    Held held = new Held(replicas, ImmutableMap.of(x, rows(Draws.seed(seed))));
    Expr sum = x.allSum(replicas);
    assertClose(held.onEach(sum.allSum(replicas)), held.onEach(sum.times(replicas)));
    assertClose(
        held.onEach(x.allMean(replicas).allMean(replicas)), held.onEach(sum.dividedBy(replicas)));
  }

  @Property(seed = "1405", tries = 10)
  void ofPartsIsThatOfTheBatch(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int replicas) {
    Array batch = rows(Draws.seed(seed));
    Expr x = rows(replicas);
    Held held = new Held(replicas, ImmutableMap.of(x, batch));
    Expr whole = Expr.constant(batch);
    held.assertEqualOnAll(x.allGather(replicas), batch);
    held.assertEqualOnAll(x.exp().sum(0).allSum(replicas), value(whole.exp().sum(0)));
    held.assertEqualOnAll(
        x.transposedMatmul(x).allSum(replicas), value(whole.transposedMatmul(whole)));
    assertClose(held.onEach(x.allGather(replicas).ownRows(replicas)), held.onEach(x));
  }

  /**
   * A loss of the whole batch, of which each replica takes its part, in the rows: the Hessian
   * couples rows of different replicas.
   */
  @Property(seed = "1406", tries = 5)
  void hessianByRowsIsSymmetricAndThatOfTheBatch(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 4) int replicas) {
    Draws draws = Draws.seed(seed);
    Array batch = rows(draws);
    Array u = rows(draws);
    Array v = rows(draws);
    Expr x = rows(replicas);
    Expr left = Expr.input("u", x.shape().toArray());
    Expr right = Expr.input("v", x.shape().toArray());
    Held held = new Held(replicas, ImmutableMap.of(x, batch, left, u, right, v));
    Expr loss = contrast(x.allGather(replicas)).dividedBy(replicas);
    Expr product = Derivatives.hvp(loss, only(x), only(right)).get(NAME);
    Expr swapped = Derivatives.hvp(loss, only(x), only(left)).get(NAME);
    double expected = held.sum(product.dot(left));
    assertClose(held.sum(swapped.dot(right)), expected);

    Expr whole = Expr.variable("whole", batch);
    Expr wholeProduct =
        Derivatives.hvp(contrast(whole), only(whole), only(Expr.constant(v))).get(NAME);
    held.assertEqualOnAll(product.allGather(replicas), value(wholeProduct));
  }

  /**
   * By a variable that all replicas hold: values, gradients, Hessian-vector products and third
   * derivatives.
   */
  @Property(seed = "1407", tries = 5)
  void derivativesByASharedVariableAreThoseOfTheBatch(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 4) int replicas) {
    Draws draws = Draws.seed(seed);
    Array batch = rows(draws);
    Expr x = rows(replicas);
    Expr w = Expr.variable("w", draws.normal(DIM, 2));
    Expr direction = Expr.constant(draws.normal(DIM, 2));
    Held held = new Held(replicas, ImmutableMap.of(x, batch));
    ImmutableList<Expr> parts = derivatives(normalized(x, w, replicas), w, direction, replicas);
    ImmutableList<Expr> whole =
        derivatives(normalized(Expr.constant(batch), w, 1), w, direction, 1);
    for (int order = 0; order < whole.size(); order++) {
      held.assertEqualOnAll(parts.get(order), value(whole.get(order)));
    }
  }

  /**
   * Hypergradients of a written-out bi-level problem: through one inner step, and by two iterations
   * of conjugate gradients whose scalars are reduced.
   */
  @Property(seed = "1408", tries = 3)
  void hypergradientsAreThoseOfTheBatch(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 4) int replicas) {
    Draws draws = Draws.seed(seed);
    Array batch = rows(draws);
    Expr x = rows(replicas);
    Expr theta = Expr.variable("theta", draws.normal(DIM, 2));
    Expr phi = Expr.variable("phi", draws.normal(DIM, 2));
    Held held = new Held(replicas, ImmutableMap.of(x, batch));
    IntFunction<ImmutableList<Expr>> hypergradients =
        n -> {
          Expr rows = n == 1 ? Expr.constant(batch) : x;
          return ImmutableList.of(
              throughOneStep(rows, theta, n), byConjugateGradients(rows, theta, phi, n));
        };
    for (int i = 0; i < 2; i++) {
      Array expected = value(hypergradients.apply(1).get(i));
      assertThat(Rows.largest(expected)).isGreaterThan(1e-3);
      held.assertEqualOnAll(hypergradients.apply(replicas).get(i), expected);
    }
  }

  private static final String NAME = "v";

  private static Vector only(Expr component) {
    return Vector.of(ImmutableMap.of(NAME, component));
  }

  private static Array value(Expr expression) {
    return Interpreter.atStart().evaluate(Derivatives.expand(expression));
  }

  private static Expr contrast(Expr rows) {
    return NtXent.temperature(0.5).of(rows.slice(0, 0, BATCH / 2), rows.slice(0, BATCH / 2, BATCH));
  }

  /**
   * A replica's part of the loss of the whole batch: rows normalized by moments of all, contrasted
   * with all.
   */
  private static Expr normalized(Expr rows, Expr w, int replicas) {
    Expr y = rows.matmul(w);
    Expr centered = y.minus(y.mean(0).allMean(replicas));
    Expr variance = centered.squared().mean(0).allMean(replicas);
    Expr z = centered.dividedBy(variance.plus(0.1).sqrt());
    return contrast(z.allGather(replicas)).dividedBy(replicas);
  }

  private static ImmutableList<Expr> derivatives(Expr loss, Expr w, Expr direction, int replicas) {
    Expr first = shared(loss, w, replicas);
    Expr second = product(first, direction, w, replicas);
    Expr third = product(second, direction, w, replicas);
    return ImmutableList.of(loss.allSum(replicas), first, second, third);
  }

  /** The gradient by a variable that all replicas hold of the sum of their scalars. */
  private static Expr shared(Expr part, Expr w, int replicas) {
    return Derivatives.gradient(part, only(w)).get(NAME).allSum(replicas);
  }

  /** {@code phi = theta - 0.3 grad G(theta)}, differentiated as it is. */
  private static Expr throughOneStep(Expr rows, Expr theta, int replicas) {
    Expr step = shared(normalized(rows, theta, replicas), theta, replicas).times(0.3);
    return shared(outer(rows, theta.minus(step)), theta, replicas);
  }

  private static Expr outer(Expr rows, Expr phi) {
    return rows.matmul(phi).tanh().minus(0.5).squared().sum().dividedBy(BATCH);
  }

  private static Expr inner(Expr rows, Expr theta, Expr phi, int replicas) {
    return normalized(rows, phi, replicas)
        .plus(phi.minus(theta).squared().sum().times(2.0 / replicas));
  }

  /** {@code -d/dtheta <grad_phi G, v>} for v of two iterations on {@code H v = grad_phi F}. */
  private static Expr byConjugateGradients(Expr rows, Expr theta, Expr phi, int replicas) {
    Expr inner = inner(rows, theta, phi, replicas);
    Expr slope = shared(inner, phi, replicas);
    Expr residual = shared(outer(rows, phi), phi, replicas);
    Expr direction = residual;
    Expr solution = residual.times(0);
    for (int i = 0; i < 2; i++) {
      Expr product = product(slope, direction, phi, replicas);
      Expr alpha = residual.dot(residual).dividedBy(direction.dot(product));
      solution = solution.plus(direction.times(alpha));
      Expr next = residual.minus(product.times(alpha));
      direction = next.plus(direction.times(next.dot(next).dividedBy(residual.dot(residual))));
      residual = next;
    }
    return product(slope, solution, theta, replicas).negated();
  }

  /** {@code d/dw <slope, v>} of a slope and a vector that all replicas hold. */
  private static Expr product(Expr slope, Expr v, Expr w, int replicas) {
    return shared(slope.dot(v.detached()).dividedBy(replicas), w, replicas);
  }
}
