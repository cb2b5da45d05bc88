package io.github.bilevel4j.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which sums are made together, composed by hand. */
class MessagesTest {
  private static final int MOST = 1 << 23;

  private final Expr x = Expr.input("x", 3);

  private static Messages messages(Expr... roots) {
    return Messages.of(DistinctNodes.of(List.of(roots)), node -> node.op() instanceof AllSum);
  }

  private static Expr large(String name, int size) {
    return Expr.variable(name, Shape.of(size), Initializer.zeros()).allSum(2);
  }

  @Test
  void sumsThatDoNotDependOnEachOtherAreOneMessage() {
    Expr first = x.sin().allSum(2);
    Expr second = x.exp().sum().allSum(2);
    Expr third = x.allSum(2);
    assertThat(messages(first.plus(second), third).all())
        .containsExactly(ImmutableList.of(first, second, third));
  }

  @Test
  void aChainIsAMessageForEachSum() {
    Expr first = x.allSum(2);
    Expr second = first.times(x).allSum(2);
    Expr third = second.times(x).allSum(2);
    assertThat(messages(third).all())
        .containsExactly(
            ImmutableList.of(first), ImmutableList.of(second), ImmutableList.of(third));
  }

  /** The middle of a diamond is one message, and its long side decides. */
  @Test
  void aDiamondIsAsLongAsItsLongerSide() {
    Expr top = x.allSum(2);
    Expr left = top.times(x).allSum(2);
    Expr right = top.minus(x).allSum(2);
    Expr bottom = left.times(right).times(x).allSum(2);
    assertThat(messages(bottom).all())
        .containsExactly(
            ImmutableList.of(top), ImmutableList.of(left, right), ImmutableList.of(bottom));
    Expr longer = left.exp().times(x).allSum(2);
    Expr end = longer.times(right).times(x).allSum(2);
    assertThat(messages(end).all())
        .containsExactly(
            ImmutableList.of(top),
            ImmutableList.of(left),
            ImmutableList.of(longer, right),
            ImmutableList.of(end));
  }

  @Test
  void aSumIsMadeWithTheLastForWhichNobodyWaits() {
    Expr alone = x.exp().allSum(2);
    Expr first = x.allSum(2);
    Expr second = first.times(x).allSum(2);
    assertThat(messages(alone, second).all())
        .containsExactly(ImmutableList.of(alone, second), ImmutableList.of(first));
  }

  /** What the sums of a message are computed from may use sums of another between them. */
  @Test
  void whatAMessageNeedsComesBeforeIt() {
    Expr early = x.allSum(2);
    Expr late = early.exp().times(x).allSum(2);
    Expr alone = x.sin().allSum(2);
    Expr user = alone.cos();
    Messages messages = messages(user, late);
    ImmutableList<Expr> order = messages.order();
    assertThat(messages.with(alone)).containsExactly(alone, late);
    assertThat(order).doesNotHaveDuplicates().contains(x, x.sin(), early, late, alone, user);
    assertThat(order.indexOf(late.input(0))).isLessThan(order.indexOf(alone));
    assertThat(order.indexOf(early)).isLessThan(order.indexOf(late));
    assertThat(order.indexOf(alone)).isLessThan(order.indexOf(user));
  }

  @Test
  void aMessageHasRoomForSoMuch() {
    Expr half = large("half", MOST / 2);
    Expr huge = large("huge", MOST + 1);
    Expr other = large("other", MOST / 2);
    Expr one = large("one", 1);
    assertThat(messages(half, huge, other, one).all())
        .containsExactly(
            ImmutableList.of(half, other), ImmutableList.of(huge), ImmutableList.of(one));
    assertThat(messages(one, huge, half, other).all())
        .containsExactly(
            ImmutableList.of(one, half), ImmutableList.of(huge), ImmutableList.of(other));
  }

  /** In a branch sums are made together too, and apart from all that is elsewhere. */
  @Test
  void branchesAreApart() {
    Expr outside = x.allSum(2);
    Expr predicate = outside.sum();
    Expr whenTrue = x.exp().allSum(2);
    Expr alsoTrue = x.sin().allSum(2);
    Expr whenFalse = x.cos().allSum(2);
    Expr chosen = Expr.cond(predicate, whenTrue.plus(alsoTrue), whenFalse);
    Expr other = Expr.cond(predicate, alsoTrue.times(whenTrue), x);
    assertThat(messages(chosen, other).all())
        .containsExactly(
            ImmutableList.of(outside),
            ImmutableList.of(whenTrue, alsoTrue),
            ImmutableList.of(whenFalse));
    // What both branches use is made in any case.
    Expr both = Expr.cond(predicate, whenTrue, whenTrue.exp());
    assertThat(messages(both).all()).containsExactly(ImmutableList.of(outside, whenTrue));
  }

  @Test
  void whatDiffersInNamesIsSentOnce() {
    Expr first = x.exp().allSum(2);
    Expr again = x.exp().named("again").allSum(2);
    assertThat(messages(first, again).all()).containsExactly(ImmutableList.of(first));
  }

  @Test
  void nothingIsNotSent() {
    Expr empty = Expr.input("empty", 0).allSum(2);
    assertThat(messages(empty, x).all()).isEmpty();
    assertThat(messages(x.exp()).all()).isEmpty();
  }
}
