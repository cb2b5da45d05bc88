package io.github.bilevel4j.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Derivatives of what several replicas compute of their rows are those of the whole batch. */
class CollectivesTest {
  private static final int BATCH = 6;
  private static final int DIM = 3;

  private final Expr all =
      Expr.constant(Array.fill(Shape.of(BATCH, DIM), i -> Math.sin(1.7 * i) + 0.1 * i));
  private final Expr w = Expr.variable("w", Array.fill(Shape.of(DIM, 2), i -> 0.5 - 0.2 * i));
  private final Expr v = Expr.constant(Array.fill(Shape.of(DIM, 2), i -> 1 - 0.3 * i));

  /** The rows are normalized together, and the gradient of each depends on all others. */
  private Expr loss(Expr rows, int replicas) {
    Expr y = rows.matmul(w);
    Expr mean = y.mean(0).allMean(replicas);
    Expr variance = y.minus(mean).squared().mean(0).allMean(replicas);
    Expr z = y.minus(mean).dividedBy(variance.plus(0.1).sqrt()).tanh().allGather(replicas);
    return z.matmul(z.transposed()).exp().sum(1).log().mean().plus(y.softplus().mean());
  }

  private static Vector only(Expr component) {
    return Vector.of(ImmutableMap.of("w", component));
  }

  /** The loss and its derivatives, to the third order. */
  private ImmutableList<Expr> derivatives(Expr loss, int replicas) {
    Vector first = Derivatives.gradient(loss, only(w));
    Vector second = Derivatives.vjp(first, only(w), only(v));
    Vector third = Derivatives.vjp(second, only(w), only(v));
    return ImmutableList.of(loss, first.get("w"), second.get("w"), third.get("w")).stream()
        .map(each -> each.allMean(replicas))
        .collect(ImmutableList.toImmutableList());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void ofAnyOrderAreThoseOfTheWhole(int replicas) {
    Expr own = Expr.input("own", BATCH / replicas, DIM);
    ImmutableList<Expr> expected = derivatives(loss(all, 1), 1);
    ImmutableList<Expr> parts = derivatives(loss(own, replicas), replicas);
    Interpreter interpreter = Interpreter.atStart();
    for (int i = 0; i < expected.size(); i++) {
      Array whole = interpreter.evaluate(expected.get(i));
      for (Expr replica :
          Replicas.together(
              parts.get(i),
              replicas,
              r -> Map.of(own, all.slice(0, r * BATCH / replicas, (r + 1) * BATCH / replicas)))) {
        Array value = interpreter.evaluate(replica);
        for (int k = 0; k < whole.size(); k++) {
          assertThat(value.at(k)).as("order %d", i).isCloseTo(whole.at(k), within(1e-12));
        }
      }
    }
  }

  @Test
  void ownRowsOfWhatIsGatheredAreTheReplicas() {
    Expr own = Expr.input("own", 2, DIM);
    ImmutableList<Expr> replicas =
        Replicas.together(
            own.allGather(3).ownRows(3).times(Expr.replicaIndex(3).plus(1)),
            3,
            r -> Map.of(own, all.slice(0, 2 * r, 2 * r + 2)));
    for (int r = 0; r < 3; r++) {
      assertThat(Interpreter.atStart().evaluate(replicas.get(r)))
          .isEqualTo(Interpreter.atStart().evaluate(all.slice(0, 2 * r, 2 * r + 2).times(r + 1.0)));
    }
  }

  @Test
  void aScalarIsDrawnForAllReplicasTogether() {
    assertThat(RandomKey.fixed(3).across(2).uniform()).isEqualTo(RandomKey.fixed(3).uniform());
    assertThat(RandomKey.fixed(3).across(2).foldIn("rows").normal(3, 1))
        .isEqualTo(RandomKey.fixed(3).foldIn("rows").normal(6, 1).ownRows(2));
  }

  @Test
  void areTheIdentityOnOneReplica() {
    assertThat(all.allSum(1)).isSameAs(all);
    assertThat(all.allMean(1)).isSameAs(all);
    assertThat(all.allGather(1)).isSameAs(all);
    assertThat(all.ownRows(1)).isSameAs(all);
  }

  @Test
  void onlySumsMakeEqualWhatDiffers() {
    Expr x = Expr.input("x", 2);
    Differing differing = new Differing(leaf -> leaf.equals(x.op()));
    assertThat(differing.test(w.exp())).isFalse();
    assertThat(differing.test(x.exp())).isTrue();
    assertThat(differing.test(Expr.replicaIndex(2).plus(1))).isTrue();
    assertThat(differing.test(x.allSum(2).exp().times(w.sum()))).isFalse();
    assertThat(differing.test(x.allSum(2).plus(x))).isTrue();
  }

  @Test
  void mistakes() {
    assertThatThrownBy(() -> all.ownRows(4))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("6 rows are not divisible by 4 replicas");
    assertThatThrownBy(() -> all.allSum(0))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("number of replicas");
    assertThatThrownBy(() -> Interpreter.atStart().evaluate(all.allSum(2)))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("not one of 2");
  }
}
