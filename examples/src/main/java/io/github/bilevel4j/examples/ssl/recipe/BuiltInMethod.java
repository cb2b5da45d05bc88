package io.github.bilevel4j.examples.ssl.recipe;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.ssl.MethodContext;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Recipe;
import java.util.Arrays;
import java.util.Locale;

/** The self-supervised methods of this library by name. */
public enum BuiltInMethod implements MethodRecipe {
  /** SimCLR. */
  SIMCLR(
      "contrast of two views against all other images (Chen et al., 2020)",
      ContrastiveRecipes::simClr),
  /** MoCo v2. */
  MOCO_V2(
      "contrast against a queue of a moving average's keys (Chen et al., 2020)",
      ContrastiveRecipes::mocoV2),
  /** MoCo v2+. */
  MOCO_V2_PLUS(
      "MoCo v2 in both directions with two queues (da Costa et al., 2022)",
      ContrastiveRecipes::mocoV2Plus),
  /** SimSiam. */
  SIMSIAM(
      "prediction of the other view, stop-gradient (Chen and He, 2021)",
      DistillationRecipes::simSiam),
  /** BYOL. */
  BYOL(
      "prediction of a moving average's other view (Grill et al., 2020)",
      DistillationRecipes::byol),
  /** SwAV. */
  SWAV(
      "swapped prediction of balanced cluster assignments (Caron et al., 2020)",
      DistillationRecipes::swav),
  /** SwAV with multi-crop. */
  SWAV_MULTICROP(SWAV, "four small views besides", DistillationRecipes::swavMultiCrop),
  /** Barlow Twins. */
  BARLOW_TWINS(
      "cross-correlation of features near the identity (Zbontar et al., 2021)",
      RedundancyRecipes::barlowTwins),
  /** W-MSE with two views. */
  WMSE("distance of two whitened views (Ermolov et al., 2021)", c -> RedundancyRecipes.wMse(c, 2)),
  /** W-MSE with four views. */
  WMSE4(
      "distance of four whitened views (Ermolov et al., 2021)", c -> RedundancyRecipes.wMse(c, 4)),
  /** ReLIC v2. */
  RELIC_V2(
      "contrast with invariant comparisons (Tomasev et al., 2022)", ContrastiveRecipes::relicV2),
  /** ReLIC v2 with multi-crop. */
  RELIC_V2_MULTICROP(RELIC_V2, "four small views besides", ContrastiveRecipes::relicV2MultiCrop),
  /** LMCL. */
  LMCL("contrast with polarized distances (Chen et al., 2021)", ContrastiveRecipes::lmcl),
  /** ReSSL. */
  RESSL("relations to a queue, weak teacher view (Zheng et al., 2021)", DistillationRecipes::reSsl),
  /** SSL-HSIC. */
  SSL_HSIC(
      "kernel dependence on the image's identity (Li et al., 2021)", DistillationRecipes::sslHsic),
  /** SSL-HSIC with random Fourier features. */
  SSL_HSIC_FEATURES(
      SSL_HSIC, "random features in place of the kernel", DistillationRecipes::sslHsicFeatures),
  /** CorInfoMax. */
  CORINFOMAX(
      "near views, running covariance of large volume (Ozsoy et al., 2022)",
      RedundancyRecipes::corInfoMax),
  /** MEC. */
  MEC("maximum entropy coding of views (Liu et al., 2022)", RedundancyRecipes::mec),
  /** MEC without its series expansion. */
  MEC_EXACT(MEC, "the determinant itself in place of its series", RedundancyRecipes::mecExact),
  /** VICReg. */
  VICREG("variance, invariance, covariance (Bardes et al., 2022)", RedundancyRecipes::vicReg),
  /** VICRegL. */
  VICREGL(
      "VICReg of images and of places in them (Bardes et al., 2022)", RedundancyRecipes::vicRegL),
  /** SDCLR. */
  SDCLR(
      "contrast with a magnitude-pruned self, long tails (Jiang et al., 2021)",
      LongTailRecipes::sdclr),
  /** BCL-I. */
  BCL_I("contrast of harder views of unlearned images (Zhou et al., 2022)", LongTailRecipes::bclI);

  private final String description;
  private final Settings settings;
  private final boolean variant;

  BuiltInMethod(String description, Settings settings) {
    this(description, settings, false);
  }

  /** A variant of another method. */
  BuiltInMethod(BuiltInMethod original, String difference, Settings settings) {
    this("variant of " + original + ": " + difference, settings, true);
  }

  BuiltInMethod(String description, Settings settings, boolean variant) {
    this.description = description;
    this.settings = settings;
    this.variant = variant;
  }

  /** The settings of a method on an encoder. */
  @Immutable
  private interface Settings {
    Recipe of(MethodContext context);
  }

  @Override
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public String description() {
    return description;
  }

  /** Whether it is another form of a method that is among these, too. */
  public boolean isVariant() {
    return variant;
  }

  /** All but variants. */
  public static ImmutableList<BuiltInMethod> originals() {
    return Arrays.stream(values())
        .filter(kind -> !kind.isVariant())
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public Recipe recipe(MethodContext context) {
    return settings.of(context);
  }

  @Override
  public String toString() {
    return id();
  }
}
