package io.github.bilevel4j.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeedTest {
  private final Expr images = Expr.input("images", 2, 3);
  private final Expr rate = Expr.input("rate");

  @Test
  void holdsTheValueOfEachInput() {
    Array value = Array.of(images.shape(), 1, 2, 3, 4, 5, 6);
    Feed feed = Feed.of(images, value).and(rate, Array.scalar(7));
    assertThat(feed.valuesFor("train", List.of(rate, images)))
        .isEqualTo(ImmutableMap.of(images.op(), value, rate.op(), Array.scalar(7)));
  }

  @Test
  void knowsAnInputByAnyName() {
    Feed feed = Feed.of(rate.named("learning rate"), Array.scalar(7));
    assertThat(feed.valuesFor("train", List.of(rate)).values()).containsExactly(Array.scalar(7));
  }

  @Test
  void refusesAnotherShape() {
    assertThatThrownBy(() -> Feed.of(images, Array.vector(1, 2, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            feed: the shapes of input and value differ.
              input  images  [2, 3]
              value          [3]
            Maybe the last batch is smaller than the others, or the value lacks an axis.""");
  }

  @Test
  void refusesWhatIsNoInput() {
    Expr weights = Expr.variable("weights", Array.vector(1));
    assertThatThrownBy(() -> Feed.of(weights, Array.vector(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            feed: the expression is not an input.
              expression  weights  [1]
            Maybe Expr.input(...) was meant; variables are set with engine.write(...).""");
  }

  @Test
  void refusesTwoValuesForOneInput() {
    Feed feed = Feed.of(rate, Array.scalar(1));
    assertThatThrownBy(() -> feed.and(rate, Array.scalar(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            feed: the input "rate" is fed twice.
            Maybe two inputs were meant.""");
  }

  @Test
  void namesAMissingInput() {
    Feed feed = Feed.of(rate, Array.scalar(1));
    assertThatThrownBy(() -> feed.valuesFor("train", List.of(images, rate)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "train": the input "images" is not fed.
              needed  images [2, 3], rate []
              fed     rate []
            Maybe Feed.of(images, ...) was forgotten.""");
  }

  @Test
  void namesAnInputThatIsNotUsed() {
    Feed feed = Feed.of(rate, Array.scalar(1));
    assertThatThrownBy(() -> feed.valuesFor("train", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            run "train": the value fed to "rate" is not used.
              needed  nothing
              fed     rate []
            Maybe it belongs to another step; limitedTo(program) leaves it out.""");
  }
}
