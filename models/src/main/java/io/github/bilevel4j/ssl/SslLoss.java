package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.problem.Objective;
import java.util.List;
import java.util.Optional;

/**
 * A method's loss of a batch, {@code L_SSL = L_align + L_constraint} (Eq. 1 of arXiv 2410.00772),
 * and what the method remembers of the batch: the updates are made at once with the step.
 *
 * @param ofImages each image's part {@code [n]}, whose mean the loss is; empty of a loss that is no
 *     such mean, or does not tell
 */
public record SslLoss(Objective objective, ImmutableList<Update> updates, Optional<Expr> ofImages) {

  /** A loss that does not tell the parts of images. */
  public SslLoss(Objective objective, ImmutableList<Update> updates) {
    this(objective, updates, Optional.empty());
  }

  /** A loss that is alignment alone: the constraint is an operation. */
  public static SslLoss of(Expr alignment) {
    return new SslLoss(Objective.of("alignment", alignment), ImmutableList.of());
  }

  /** A loss of both parts. */
  public static SslLoss of(Expr alignment, Expr constraint) {
    return new SslLoss(of(alignment).objective.plus("constraint", constraint), ImmutableList.of());
  }

  /** A loss of both parts. */
  public static SslLoss of(LossTerms terms) {
    return of(terms.alignment(), terms.constraint());
  }

  /** The same loss with each image's part, {@code [n]}, whose mean it is. */
  public SslLoss ofImages(Expr parts) {
    return new SslLoss(objective, updates, Optional.of(parts));
  }

  /** With more updates. */
  public SslLoss updating(List<Update> more) {
    return new SslLoss(objective, ImmutableList.copyOf(Iterables.concat(updates, more)), ofImages);
  }
}
