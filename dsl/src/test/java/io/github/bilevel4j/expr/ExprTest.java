package io.github.bilevel4j.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExprTest {
  private final Expr x = Expr.input("x", 4, 3);
  private final Expr y = Expr.input("y", 4, 3);

  @Test
  void equalExpressionsAreTheSameObject() {
    assertThat(x.plus(y).exp().sum(0)).isSameAs(x.plus(y).exp().sum(0));
    assertThat(x.plus(y)).isNotSameAs(y.plus(x));
  }

  @Test
  void variablesOfOneNameAreDifferent() {
    assertThat(Expr.variable("w", Array.scalar(1)))
        .isNotSameAs(Expr.variable("w", Array.scalar(1)));
  }

  @Test
  void unitLaws() {
    assertThat(x.plus(0)).isSameAs(x);
    assertThat(x.times(1)).isSameAs(x);
    assertThat(x.minus(0)).isSameAs(x);
    assertThat(x.dividedBy(1)).isSameAs(x);
    assertThat(x.reshape(4, 3)).isSameAs(x);
    assertThat(x.permuted(0, 1)).isSameAs(x);
    assertThat(x.broadcastTo(x.shape())).isSameAs(x);
  }

  @Test
  void aUnitThatStretchesTheShapeIsKept() {
    Expr row = Expr.input("row", 3);
    assertThat(row.plus(Expr.filled(0, Shape.of(4, 3))).shape()).isEqualTo(Shape.of(4, 3));
    assertThat(row.times(Expr.filled(1, Shape.of(4, 3))).shape()).isEqualTo(Shape.of(4, 3));
  }

  @Test
  void shapesOfReductions() {
    assertThat(x.sum().shape()).isEqualTo(Shape.scalar());
    assertThat(x.mean(0).shape()).isEqualTo(Shape.of(3));
    assertThat(x.maxKeeping(-1).shape()).isEqualTo(Shape.of(4, 1));
    assertThat(x.normalized(-1).shape()).isEqualTo(x.shape());
    assertThat(x.argMax(1).shape()).isEqualTo(Shape.of(4));
  }

  @Test
  void shapesOfMatrices() {
    Expr batch = Expr.input("batch", 5, 4, 3);
    assertThat(x.rowGram().shape()).isEqualTo(Shape.of(4, 4));
    assertThat(batch.columnGram().logDeterminant().shape()).isEqualTo(Shape.of(5));
    assertThat(x.transposed().matmul(batch).shape()).isEqualTo(Shape.of(5, 3, 3));
    assertThat(batch.matmulTransposed(x).shape()).isEqualTo(Shape.of(5, 4, 4));
  }

  @Test
  void substitutionOfNodesByThemselvesIsTheSameNode() {
    Expr expression = x.matmulTransposed(y).tanh().sum();
    assertThat(Substitution.of(Map.of(x, x, y, y)).apply(expression)).isSameAs(expression);
  }

  @Test
  void substitutionReplacesAllAtOnce() {
    Expr expression = x.minus(y);
    assertThat(Substitution.of(Map.of(x, y, y, x)).apply(expression)).isSameAs(y.minus(x));
  }

  @Test
  void substitutionKeepsNames() {
    Expr expression = x.exp().named("e");
    assertThat(Substitution.of(Map.of(x, y)).apply(expression).name()).isEqualTo("e");
  }

  @Test
  void reach() {
    assertThat(x.exp().plus(y.detached()).reaches(x)).isTrue();
    assertThat(x.exp().plus(y.detached()).reaches(y)).isFalse();
    assertThat(x.greaterThan(y).times(x).reaches(y)).isFalse();
    assertThat(x.plus(y.detached()).contains(y)).isTrue();
  }

  @Test
  void listing() {
    assertThat(x.plus(y).exp().named("e").sum().listing())
        .isEqualTo(
            """
            %1 = add(x, y) [4, 3]
            %2 = exp(%1) [4, 3]  # e
            %3 = sum over [0, 1](%2) [1, 1]
            %4 = reshape(%3) []
            """);
  }

  @Test
  void shortForm() {
    assertThat(x.plus(y).toString()).isEqualTo("add(x, y) [4, 3]");
    assertThat(x.plus(y).exp().toString()).isEqualTo("exp(…) [4, 3]");
    assertThat(x.plus(y).named("total").exp().toString()).isEqualTo("exp(total) [4, 3]");
  }

  @Test
  void foldedKeysAreIndependentAndRepeatable() {
    RandomKey key = RandomKey.fixed(7);
    assertThat(key.foldIn("a").uniform(3)).isSameAs(key.foldIn("a").uniform(3));
    assertThat(key.foldIn("a").uniform(3)).isNotSameAs(key.foldIn("b").uniform(3));
    // Labels that String.hashCode takes for the same.
    assertThat(key.foldIn("Aa").uniform(3)).isNotSameAs(key.foldIn("BB").uniform(3));
    assertThat(key.foldIn("a").foldIn("b").uniform(3))
        .isNotSameAs(key.foldIn("b").foldIn("a").uniform(3));
  }

  @Test
  void foldedSeedIsTheLabelsSipHash() {
    // SipHash-2-4 of no byte, its 16-byte key all zero: 1e924b9d737700d7, read as little endian.
    assertThat(RandomKey.fixed(0).foldIn("").uniform(3).op())
        .isEqualTo(new Random(Random.Distribution.UNIFORM, Shape.of(3), 0x1e924b9d737700d7L));
  }

  @Test
  void theListingNumbersEveryNode() {
    Expr sum = x;
    for (int i = 0; i < 2000; i++) {
      sum = sum.tanh().times(y);
    }
    assertThat(sum.listing().lines())
        .hasSize(4000)
        .startsWith("%1 = tanh(x) [4, 3]", "%2 = multiply(%1, y) [4, 3]")
        .endsWith("%3999 = tanh(%3998) [4, 3]", "%4000 = multiply(%3999, y) [4, 3]");
  }

  @Test
  void oneKeyDrawsAShapeOnce() {
    RandomKey key = RandomKey.fixed(7);
    Expr first = key.uniform(3);
    assertThat(key.uniform(4)).isNotSameAs(first);
    assertThatThrownBy(() -> key.normal(3))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            """
            random normal: a key is drawn from twice for one shape, which gives dependent numbers.
              shape  [3]
              key    seed 7, counter 0.0
            Maybe each draw needs a key of its own: key.foldIn("noise"), key.foldIn("mask").""");
    assertThat(RandomKey.fixed(7).uniform(3)).isSameAs(first);
  }
}
