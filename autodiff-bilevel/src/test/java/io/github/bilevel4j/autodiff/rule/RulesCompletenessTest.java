package io.github.bilevel4j.autodiff.rule;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.autodiff.PrimitiveCase;
import io.github.bilevel4j.autodiff.PrimitiveCases;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.BatchNormalization.Forward;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.CustomOp;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Gradient;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.op.TriangularSolve;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No primitive is forgotten, neither in the rules nor in the table that checks them. */
class RulesCompletenessTest {
  /** Of no values, or not this library's. */
  private static final ImmutableSet<Class<?>> NO_FUNCTIONS =
      ImmutableSet.of(Detach.class, CustomGradient.class, Gradient.class, CustomOp.class);

  /** All kinds of primitives: the final classes below {@code Op}, or their enum constants. */
  private static Stream<?> kinds(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants());
    }
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(RulesCompletenessTest::kinds)
        : Stream.of(type);
  }

  private static ImmutableSet<Object> kindsInTable() {
    return PrimitiveCases.ALL.stream()
        .map(row -> RuleTable.keyOf(row.op()))
        .collect(ImmutableSet.toImmutableSet());
  }

  private static boolean isDifferentiable(PrimitiveCase row) {
    return IntStream.range(0, row.inputs().size()).anyMatch(row.op()::isDifferentiableIn);
  }

  @Test
  void everyPrimitiveHasARowInTheTable() {
    List<?> missing =
        kinds(Op.class)
            .filter(kind -> !kindsInTable().contains(kind))
            .filter(kind -> !kinds(Leaf.class).toList().contains(kind))
            .filter(kind -> !NO_FUNCTIONS.contains(kind))
            .toList();
    assertThat(missing).as("primitives without a row in PrimitiveCases").isEmpty();
  }

  @Test
  void everyDifferentiablePrimitiveHasARuleAndNoOtherHas() {
    List<Op> missing =
        PrimitiveCases.ALL.stream()
            .filter(row -> isDifferentiable(row) != Rules.of(row.op()).isPresent())
            .map(PrimitiveCase::op)
            .distinct()
            .toList();
    assertThat(missing).as("primitives without a rule, or with one that is never used").isEmpty();
  }

  @Test
  void everyVariantOfAnAttributeHasARow() {
    assertThat(variants(MatMul.class, op -> List.of(op.transposeLeft(), op.transposeRight())))
        .hasSize(4);
    assertThat(variants(TriangularSolve.class, TriangularSolve::transposed)).hasSize(2);
    assertThat(variants(MatrixSolve.class, MatrixSolve::transposed)).hasSize(2);
    assertThat(variants(Reduction.class, Reduction::kind)).hasSameSizeAs(Reduction.Kind.values());
    assertThat(variants(Forward.class, Forward::result)).hasSameSizeAs(Forward.Result.values());
    assertThat(variants(BatchNormalization.Gradient.class, BatchNormalization.Gradient::of))
        .hasSameSizeAs(BatchNormalization.Gradient.Of.values());
    assertThat(variants(Sort.Gather.class, Sort.Gather::descending)).hasSize(2);
    assertThat(variants(Sort.Scatter.class, Sort.Scatter::descending)).hasSize(2);
    assertThat(variants(CumulativeSum.class, op -> List.of(op.exclusive(), op.reverse())))
        .hasSize(4);
    assertThat(variants(Random.class, Random::distribution))
        .hasSameSizeAs(Random.Distribution.values());
  }

  private static <O extends Op> ImmutableSet<Object> variants(
      Class<O> type, Function<O, Object> attribute) {
    return PrimitiveCases.ALL.stream()
        .map(PrimitiveCase::op)
        .filter(type::isInstance)
        .map(type::cast)
        .map(attribute)
        .collect(ImmutableSet.toImmutableSet());
  }
}
