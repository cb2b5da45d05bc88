package io.github.bilevel4j.augment;

/**
 * The published augmentations for CIFAR, without the final {@link Normalize}. Their crops are
 * bicubic with aspect ratios 3/4 to 4/3; CJ stands for a color jitter's strengths.
 */
public final class Augmentations {
  private Augmentations() {}

  /**
   * Of SimCLR and SwAV in solo-learn: crop 0.08-1, CJ(0.8, 0.8, 0.8, 0.2) with probability 0.8,
   * grayscale 0.2, blur 0.5, flip 0.5; both views alike.
   */
  public static Views symmetric(int size) {
    return Views.alike(colored(size, 0.08, 0.8, 0.8, 0.8, 0.2).then(blur()).then(flip()));
  }

  /** Of MoCo v2+ and SimSiam in solo-learn: as {@link #symmetric} with CJ(0.4, 0.4, 0.4, 0.1). */
  public static Views symmetricWeak(int size) {
    return Views.alike(colored(size, 0.08, 0.4, 0.4, 0.4, 0.1).then(blur()).then(flip()));
  }

  /**
   * Of BYOL and Barlow Twins in solo-learn: crop 0.08-1, CJ(0.4, 0.4, 0.2, 0.1) with probability
   * 0.8, grayscale 0.2, flip 0.5; solarize 0.2 in the second view alone.
   */
  public static Views asymmetric(int size) {
    Augmentation color = colored(size, 0.08, 0.4, 0.4, 0.2, 0.1);
    return new Views(color.then(flip()), color.then(Solarize.probability(0.2)).then(flip()));
  }

  /**
   * Of CorInfoMax's authors: as {@link #asymmetric}, and besides blur, always in the first view and
   * with probability 0.1 in the second.
   */
  public static Views corInfoMax(int size) {
    Augmentation color = colored(size, 0.08, 0.4, 0.4, 0.2, 0.1);
    return new Views(
        color.then(blur().probability(1)).then(flip()),
        color.then(blur().probability(0.1)).then(Solarize.probability(0.2)).then(flip()));
  }

  /**
   * Of ReSSL in solo-learn: the first view with crop 0.08-1, CJ(0.4, 0.4, 0.2, 0.1) with
   * probability 0.8, grayscale 0.2, blur 0.5 and flip 0.5, the second with crop and flip alone.
   */
  public static Views ressl(int size) {
    return new Views(
        colored(size, 0.08, 0.4, 0.4, 0.2, 0.1).then(blur()).then(flip()),
        crop(size, 0.08).then(flip()));
  }

  /**
   * Of VICReg in solo-learn: crop 0.2-1, CJ(0.4, 0.4, 0.2, 0.1) with probability 0.8, grayscale
   * 0.2, solarize 0.1, flip 0.5; both views alike.
   */
  public static Views vicreg(int size) {
    return Views.alike(
        colored(size, 0.2, 0.4, 0.4, 0.2, 0.1).then(Solarize.probability(0.1)).then(flip()));
  }

  /**
   * Of W-MSE in solo-learn: crop 0.2-1, CJ(0.8, 0.8, 0.8, 0.2) with probability 0.8, grayscale 0.2,
   * flip 0.5; both views alike.
   */
  public static Views wMse(int size) {
    return Views.alike(colored(size, 0.2, 0.8, 0.8, 0.8, 0.2).then(flip()));
  }

  /**
   * Of the W-MSE authors' own code (htdt/self-supervised), for all methods: CJ(0.4, 0.4, 0.4, 0.1)
   * with probability 0.8, grayscale 0.1, then crop 0.2-1, flip 0.5; both views alike.
   */
  public static Views htdt(int size) {
    return Views.alike(
        jitter(0.4, 0.4, 0.4, 0.1)
            .then(Grayscale.probability(0.1))
            .then(crop(size, 0.2))
            .then(flip()));
  }

  /**
   * For images whose colors would give them away, not a published setting: crop 0.2-1 (bilinear),
   * CJ(0.4, 0.4, 0.8, 0.2) with probability 0.8, grayscale 0.2, flip 0.5; both views alike.
   */
  public static Views strongColor(int size) {
    return Views.alike(
        RandomResizedCrop.size(size)
            .scale(0.2, 1)
            .then(jitter(0.4, 0.4, 0.8, 0.2))
            .then(Grayscale.probability(0.2))
            .then(flip()));
  }

  private static Augmentation colored(
      int size,
      double minScale,
      double brightness,
      double contrast,
      double saturation,
      double hue) {
    return crop(size, minScale)
        .then(jitter(brightness, contrast, saturation, hue))
        .then(Grayscale.probability(0.2));
  }

  private static RandomResizedCrop crop(int size, double minScale) {
    return RandomResizedCrop.size(size).scale(minScale, 1).bicubic();
  }

  private static ColorJitter jitter(
      double brightness, double contrast, double saturation, double hue) {
    return ColorJitter.strengths(brightness, contrast, saturation, hue).probability(0.8);
  }

  private static GaussianBlur blur() {
    return GaussianBlur.sigma(0.1, 2).probability(0.5);
  }

  private static HorizontalFlip flip() {
    return HorizontalFlip.probability(0.5);
  }
}
