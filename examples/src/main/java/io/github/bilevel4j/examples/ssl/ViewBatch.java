package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.List;

/** The views of a batch of images, or their features: images are rows. */
record ViewBatch(ImmutableList<Expr> views) {

  /** Of what a method is told: the views come first, the others have another rank. */
  static ViewBatch of(List<Expr> seen) {
    return new ViewBatch(
        seen.stream()
            .filter(each -> each.shape().rank() == seen.get(0).shape().rank())
            .collect(ImmutableList.toImmutableList()));
  }

  /**
   * Fails unless there are two views and two images.
   *
   * @throws IllegalArgumentException on behalf of the method, if there are not
   */
  void requireTwoOfEach(String method) {
    if (views.size() < 2) {
      throw mistake(method, "needs two views of each image or more, got " + views.size())
          .maybe("Views.alike(augmentation) was meant, which makes two.");
    }
    int images = views.get(0).shape().dim(0);
    if (images < 2) {
      throw mistake(method, "needs a batch of two images or more, got " + images)
          .maybe("a larger batch was meant, and no incomplete one at the end of an epoch.");
    }
  }

  private UsageError.Message mistake(String method, String reason) {
    UsageError.Message mistake = UsageError.in(method).because("%s", reason);
    for (int i = 0; i < views.size(); i++) {
      mistake = mistake.row("view " + (i + 1), views.get(i).shape().toString());
    }
    return mistake;
  }
}
