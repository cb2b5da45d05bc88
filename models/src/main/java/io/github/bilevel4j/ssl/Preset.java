package io.github.bilevel4j.ssl;

/** Where the settings of a method come from: sizes of heads, augmentations, optimizer. */
public enum Preset {
  /** Small heads, strong colors and Adam, for short runs on small images; not published. */
  QUICK("small heads, Adam; for short runs"),
  /**
   * Of solo-learn's CIFAR scripts, or of the method's authors where it has none; 1000 epochs of
   * batches of 256. Batches of 512 were published for CorInfoMax, and with 2000 epochs for SDCLR
   * and BCL-I.
   */
  SOLO(
      "solo-learn's CIFAR scripts, 1000 epochs, batch 256 (sdclr, bcl-i: 2000, 512;"
          + " corinfomax: 512)"),
  /**
   * Of the W-MSE authors' program (htdt/self-supervised), for all methods alike; 1000 epochs of
   * batches of 512, of W-MSE with four views of 256.
   */
  HTDT("the W-MSE authors' program, 1000 epochs, batch 512 (wmse4: 256)");

  private final String description;

  Preset(String description) {
    this.description = description;
  }

  /** One line: the source, and what it was published for. */
  public String description() {
    return description;
  }
}
