package io.github.bilevel4j.losses.kernel;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;

/**
 * Random Fourier features of the inverse multiquadric kernel of scale one: F features {@code phi(x)
 * = sqrt(2 / F) cos(W x + b)} whose inner products have the kernel as their mean. The rows of W
 * have directions uniform on the sphere and lengths after {@link KernelSpectrum}; b is uniform on
 * {@code [0, 2 pi)}.
 *
 * <p>Source: Rahimi, Recht, "Random features for large-scale kernel machines", 2007.
 *
 * @param frequencies W, {@code [F, d]}
 * @param phases b in radians, {@code [F]}
 */
public record RandomFeatures(Expr frequencies, Expr phases) {
  private static final String NAME = "RandomFeatures";

  /**
   * Checks the shapes.
   *
   * @throws IllegalArgumentException if there is not one phase for each frequency
   */
  public RandomFeatures {
    if (frequencies.shape().rank() != 2 || !phases.shape().equals(frequencies.shape().sub(0, 1))) {
      throw UsageError.in(NAME)
          .because("needs frequencies [F, d] and a phase [F] for each")
          .row("frequencies", frequencies.label(), frequencies.shape().toString())
          .row("phases", phases.label(), phases.shape().toString())
          .maybe("RandomFeatures.drawn(512, 64, randomness) was meant.");
    }
  }

  /**
   * So many features of vectors of d dimensions; 512 are usual.
   *
   * @throws IllegalArgumentException if a number is not positive
   */
  public static RandomFeatures drawn(int count, int d, RandomKey randomness) {
    Require.in(NAME).atLeast(1, "number of features", count);
    Require.in(NAME).atLeast(1, "number of dimensions", d);
    Expr lengths = KernelSpectrum.inDimensions(d).drawn(count, randomness.foldIn("amplitudes"));
    return along(
        randomness.foldIn("directions").normal(count, d),
        lengths,
        randomness.foldIn("phases").uniformBetween(0, 2 * Math.PI, count));
  }

  /** The features of given directions {@code [F, d]} and lengths {@code [F]} of the frequencies. */
  public static RandomFeatures along(Expr directions, Expr lengths, Expr phases) {
    return new RandomFeatures(directions.normalized(-1).times(lengths.unsqueezed(-1)), phases);
  }

  /** The number F of features. */
  int count() {
    return phases.shape().dim(0);
  }

  /**
   * The features of vectors {@code [..., d]}, {@code [..., F]}.
   *
   * @throws IllegalArgumentException if the vectors have another length than the frequencies
   */
  public Expr of(Expr x) {
    if (x.shape().dim(-1) != frequencies.shape().dim(1)) {
      throw UsageError.in(NAME)
          .because("the features are of vectors of length %d", frequencies.shape().dim(1))
          .row("x", x.label(), x.shape().toString())
          .maybe("RandomFeatures.drawn(%d, %d, ...) was meant.", count(), x.shape().dim(-1));
    }
    Expr angles = x.reshape(-1, x.shape().dim(-1)).matmulTransposed(frequencies).plus(phases);
    return angles.cos().times(Math.sqrt(2.0 / count())).reshape(x.shape().withDim(-1, count()));
  }
}
