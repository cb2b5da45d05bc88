package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import org.junit.jupiter.api.Test;

class ViewsTest {
  private final Expr images = Expr.input("images", 4, 8, 8, 3);

  @Test
  void fourViewsAlikeAreFourDraws() {
    Views views = Views.alike(HorizontalFlip.probability(0.5), 4);
    assertThat(views.of(images, RandomKey.fixed(1))).hasSize(4).doesNotHaveDuplicates();
  }

  @Test
  void twoOfFourAreTheSameAsTwo() {
    Augmentation flip = HorizontalFlip.probability(0.5);
    assertThat(Views.alike(flip, 4).of(images, RandomKey.fixed(1)).subList(0, 2))
        .isEqualTo(Views.alike(flip).of(images, RandomKey.fixed(1)));
  }

  @Test
  void oneView() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Views(ImmutableList.of(Augmentation.none())))
        .withMessage(
            """
            views: an image has 1 views, two or more are compared.
            Maybe Views.alike(augmentation) was meant.""");
  }
}
