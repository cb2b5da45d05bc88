package io.github.bilevel4j.losses.kernel;

import io.github.bilevel4j.expr.Expr;

/** With the kernel of all pairs of the N = k n samples. */
record ExactHsic(InverseMultiquadric kernel) implements Hsic {

  /** {@code sum over pairs of one image of k(x, y) / (n k (k - 1)) - mean k(x, y)}. */
  @Override
  public Expr withImages(Expr samples) {
    int k = samples.shape().dim(0);
    int n = samples.shape().dim(1);
    Expr images = Expr.range(n).tiled(k);
    Expr sameImage = images.equalTo(images.unsqueezed(1));
    Expr gram = gram(samples);
    return gram.dot(sameImage).dividedBy((double) n * k * (k - 1)).minus(gram.mean());
  }

  /** {@code tr(K H K H) / N^2 = |H K H|^2 / N^2}, where H centers. */
  @Override
  public Expr withSelf(Expr samples) {
    return gram(samples).centered(0).centered(1).squared().mean();
  }

  private Expr gram(Expr samples) {
    return kernel.of(samples.reshape(-1, samples.shape().dim(-1)));
  }
}
