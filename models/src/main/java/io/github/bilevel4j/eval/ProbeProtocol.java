package io.github.bilevel4j.eval;

import java.util.List;
import java.util.Locale;

/**
 * The linear evaluations of publications and libraries, by name. All of them see features that are
 * computed once, without augmentation, and test the classifier of the last epoch; where a source
 * does otherwise, its constant says so.
 */
public enum ProbeProtocol {
  /**
   * The minimum of {@code mean cross-entropy + 1e-4/2 |W|^2}, found by {@link LinearProbe#newton()}
   * on standardized features: nothing depends on rates, epochs or draws.
   */
  CONVERGED(LinearProbe.newton()),

  /**
   * 500 epochs of stochastic gradients with momentum 0.9 in batches of 256, rate 1e-2 to 1e-6 in
   * equal ratios, on standardized features: arXiv 2410.00772, section 6.2, which does not tell the
   * rates: they are those of {@link #HTDT}.
   */
  PAPER(LinearProbe.sgd().epochs(500)),

  /**
   * 500 epochs of Adam in batches of 1,000, rate 1e-2 to 1e-6 in equal ratios, weight decay 5e-6,
   * on raw features: Ermolov et al., "Whitening for self-supervised representation learning", 2021,
   * and the evaluation of BCL (Zhou et al., 2022). There the rate changes once an epoch, here with
   * each step.
   */
  HTDT(LinearProbe.adam().epochs(500).batch(1000).weightDecay(5e-6).standardized(false)),

  /**
   * 100 epochs in batches of 256, momentum 0.9, a tenth of the rate from epochs 60 and 80 on, on
   * raw features: solo-learn's scripts for ImageNet-100 (da Costa et al., 2022), there with crops
   * and flips. Their rate is the method's: Barlow Twins 0.1, SwAV 0.15, BYOL and VICReg 0.3, SimCLR
   * 1, MoCo v2+ and ReSSL 3, SimSiam 30. Here that of these which is best on a tenth of the train
   * part is taken.
   */
  SOLO(LinearProbe.stepped(0.3).choosing(30, 3, 1, 0.3, 0.15, 0.1)),

  /**
   * 90 epochs in batches of 256, momentum 0.9, rate 0.1 to 0 along a cosine, on raw features:
   * lightly's benchmark for ImageNet, there with crops and flips, and telling the best epoch on the
   * test part.
   */
  LIGHTLY(LinearProbe.cosine(0.1)),

  /**
   * 100 epochs in batches of 256, momentum 0.9, rate 30 and a tenth of it from epochs 60 and 80 on,
   * W drawn with deviation 0.01, on raw features: He et al., "Momentum contrast", 2020, there with
   * crops and flips.
   */
  MOCO(LinearProbe.stepped(30).initialDeviation(0.01)),

  /**
   * 30 epochs in batches of 128, momentum 0.9, rate 30 and a tenth of it from epochs 10 and 20 on,
   * W drawn with deviation 0.01, on raw features: the evaluation with all labels of Jiang et al.,
   * "Self-damaging contrastive learning", 2021, there of the epoch that is best on 5,000 images
   * held out.
   */
  SDCLR(
      LinearProbe.stepped(30).initialDeviation(0.01).epochs(30).batch(128).drops(List.of(10, 20))),

  /** {@link #SDCLR} with few labels: 100 epochs, a tenth of the rate from 40 and 60 on. */
  SDCLR_FEW(
      LinearProbe.stepped(30).initialDeviation(0.01).epochs(100).batch(128).drops(List.of(40, 60)));

  @SuppressWarnings("ImmutableEnumChecker") // Probes are values; Immutables' are not annotated.
  private final LinearProbe probe;

  ProbeProtocol(LinearProbe probe) {
    this.probe = probe;
  }

  /** The probe. */
  public LinearProbe probe() {
    return probe;
  }

  /** For instance {@code sdclr-few}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
