package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.List;

/**
 * The views of a batch of images, with the loss that a method has of them. All else that the loss
 * needs to know of the batch, such as the images' positions in the data, is inside the loss.
 *
 * @param views each {@code [n, height, width, 3]}; they may differ in height and width
 * @param lossOf the loss of the views by a network; {@link #loss} checks the batch before
 * @param replicas how many processes have a part of the batch each; the views are those of this
 *     one's
 */
public record ViewBatch(
    SslMethod method, ImmutableList<Expr> views, LossOfViews lossOf, int replicas) {

  /** Views on one process. */
  public ViewBatch(SslMethod method, ImmutableList<Expr> views, LossOfViews lossOf) {
    this(method, views, lossOf, 1);
  }

  /**
   * The same views as the part of a batch that this process has, of so many that have one each. A
   * network with {@link io.github.bilevel4j.layer.Pass#across passes across} them gathers the
   * features of all.
   */
  public ViewBatch across(int newReplicas) {
    return new ViewBatch(method, views, lossOf, newReplicas);
  }

  /** A loss of given views. */
  @FunctionalInterface
  public interface LossOfViews {

    /** The loss by a network. */
    SslLoss by(Network network);
  }

  /** Views whose loss is {@link SslMethod#loss}. */
  public static ViewBatch of(SslMethod method, List<Expr> views) {
    ImmutableList<Expr> copy = ImmutableList.copyOf(views);
    return new ViewBatch(method, copy, network -> method.loss(network, copy));
  }

  /**
   * The loss of the views by a network.
   *
   * @throws UsageError if there are fewer than two views or images, or the method cannot use a
   *     batch of this size
   */
  public SslLoss loss(Network network) {
    if (views.size() < 2) {
      throw mistake("needs two views of each image or more, got " + views.size())
          .maybe("Views.alike(augmentation) was meant, which makes two.");
    }
    int images = views.get(0).shape().dim(0) * replicas;
    if (images < 2) {
      throw mistake("needs a batch of two images or more, got " + images)
          .maybe("a larger batch was meant, and no incomplete one at the end of an epoch.");
    }
    return lossOf.by(network);
  }

  private UsageError.Message mistake(String reason) {
    UsageError.Message mistake = UsageError.in(method.name()).because("%s", reason);
    for (int i = 0; i < views.size(); i++) {
      mistake = mistake.row("view " + (i + 1), views.get(i).shape().toString());
    }
    return mistake;
  }
}
