package io.github.bilevel4j.losses.longtail;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;

/**
 * Global pruning by magnitude: of all N elements of some weights the {@code k = ceil(fraction N)}
 * smallest ones are masked,
 *
 * <pre>
 * mask = 1 where |w| &gt;= threshold, else 0,   threshold = element k of all |w| in ascending order,
 *                                                     counted from zero.
 * </pre>
 *
 * <p>SDCLR is NT-Xent between an image's view through a dense network and another view through the
 * same network with masked weights, {@code weights.zip(masks, Expr::times)}; the pruned branch is
 * its constraint. The masks are expressions of the weights as they are; SDCLR keeps them in
 * variables that are renewed before each epoch. No gradient flows through them.
 *
 * <p>Equal magnitudes are masked or kept together.
 *
 * <p>Source: Jiang, Chen, Mortazavi, Wang, "Self-damaging contrastive learning", 2021.
 *
 * @param fraction of the elements that are masked, in [0, 1)
 */
public record MagnitudeMask(double fraction) {
  private static final String NAME = "MagnitudeMask";

  /**
   * Checks the fraction.
   *
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public MagnitudeMask {
    Require.in(NAME).fraction("fraction", fraction);
  }

  /**
   * With a fraction of the elements masked; 0.9 is usual for CIFAR, 0.3 for larger images.
   *
   * @throws IllegalArgumentException if it is not in [0, 1)
   */
  public static MagnitudeMask fraction(double masked) {
    return new MagnitudeMask(masked);
  }

  /**
   * Those of a network's variables that SDCLR masks, the filters of all convolutions: four axes.
   */
  public static Variables filtersAmong(Variables network) {
    return network.where(key -> network.get(key).shape().rank() == 4);
  }

  /**
   * The masks of weights, in their shapes.
   *
   * @throws IllegalArgumentException if all elements would be masked
   */
  public Vector of(Vector weights) {
    Expr threshold = threshold(weights);
    return magnitudes(weights).map(w -> w.atLeast(threshold));
  }

  /**
   * The smallest magnitude that is kept, a scalar.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr threshold(Vector weights) {
    return magnitudes(weights).flattened().sorted(0).at(0, masked(weights));
  }

  private static Vector magnitudes(Vector weights) {
    return weights.detached().map(Expr::abs);
  }

  private int masked(Vector weights) {
    double masked = Math.ceil(fraction * weights.dimension());
    if (masked >= weights.dimension()) {
      throw UsageError.in(NAME)
          .because("all %d elements would be masked", weights.dimension())
          .value("fraction", fraction)
          .row("weights", weights.components().keySet().toString())
          .maybe("the weights of the whole network were meant, or a smaller fraction.");
    }
    return (int) masked;
  }
}
