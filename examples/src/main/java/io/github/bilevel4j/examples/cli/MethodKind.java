package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.examples.ssl.MethodContext;
import io.github.bilevel4j.examples.ssl.Recipe;
import io.github.bilevel4j.examples.ssl.Recipes;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.Locale;

/** The self-supervised methods that can be chosen by name. */
enum MethodKind {
  SIMCLR("contrast of two views against all other images (Chen et al., 2020)", Recipes::simClr),
  MOCO_V2(
      "contrast against a queue of a moving average's keys (Chen et al., 2020)", Recipes::mocoV2),
  MOCO_V2_PLUS(
      "MoCo v2 in both directions with two queues (da Costa et al., 2022)", Recipes::mocoV2Plus),
  SIMSIAM("prediction of the other view, stop-gradient (Chen and He, 2021)", Recipes::simSiam),
  BYOL("prediction of a moving average's other view (Grill et al., 2020)", Recipes::byol),
  SWAV("swapped prediction of balanced cluster assignments (Caron et al., 2020)", Recipes::swav),
  SWAV_MULTICROP(SWAV, "four small views besides", Recipes::swavMultiCrop),
  BARLOW_TWINS(
      "cross-correlation of features near the identity (Zbontar et al., 2021)",
      Recipes::barlowTwins),
  WMSE("distance of two whitened views (Ermolov et al., 2021)", site -> Recipes.wMse(site, 2)),
  WMSE4("distance of four whitened views (Ermolov et al., 2021)", site -> Recipes.wMse(site, 4)),
  RELIC_V2("contrast with invariant comparisons (Tomasev et al., 2022)", Recipes::relicV2),
  RELIC_V2_MULTICROP(RELIC_V2, "four small views besides", Recipes::relicV2MultiCrop),
  LMCL("contrast with polarized distances (Chen et al., 2021)", Recipes::lmcl),
  RESSL("relations to a queue, weak teacher view (Zheng et al., 2021)", Recipes::reSsl),
  SSL_HSIC("kernel dependence on the image's identity (Li et al., 2021)", Recipes::sslHsic),
  SSL_HSIC_FEATURES(SSL_HSIC, "random features in place of the kernel", Recipes::sslHsicFeatures),
  CORINFOMAX(
      "near views, running covariance of large volume (Ozsoy et al., 2022)", Recipes::corInfoMax),
  MEC("maximum entropy coding of views (Liu et al., 2022)", Recipes::mec),
  MEC_EXACT(MEC, "the determinant itself in place of its series", Recipes::mecExact),
  VICREG("variance, invariance, covariance (Bardes et al., 2022)", Recipes::vicReg),
  VICREGL("VICReg of images and of places in them (Bardes et al., 2022)", Recipes::vicRegL),
  SDCLR("contrast with a magnitude-pruned self, long tails (Jiang et al., 2021)", Recipes::sdclr),
  BCL_I("contrast of harder views of unlearned images (Zhou et al., 2022)", Recipes::bclI);

  private final String description;
  private final Preparation preparation;
  private final boolean variant;

  MethodKind(String description, Preparation preparation) {
    this(description, preparation, false);
  }

  /** A variant of another method. */
  MethodKind(MethodKind original, String difference, Preparation preparation) {
    this("variant of " + original + ": " + difference, preparation, true);
  }

  MethodKind(String description, Preparation preparation, boolean variant) {
    this.description = description;
    this.preparation = preparation;
    this.variant = variant;
  }

  /** How a method is put on an encoder. */
  @Immutable
  private interface Preparation {
    Recipe on(MethodContext site);
  }

  /** One line: what it does, and the source. */
  String description() {
    return description;
  }

  /** Whether it is another form of a method that is among these, too. */
  boolean isVariant() {
    return variant;
  }

  /** All but variants. */
  static ImmutableList<MethodKind> originals() {
    return Arrays.stream(values())
        .filter(kind -> !kind.isVariant())
        .collect(ImmutableList.toImmutableList());
  }

  /** The method with new heads on an encoder, its views and its optimizer. */
  Recipe on(MethodContext site) {
    return preparation.on(site);
  }

  /** A new counter of steps. */
  static Expr counter(String name) {
    return Expr.variable(name, Shape.scalar(), Initializer.zeros());
  }

  /** The name on the command line, for instance {@code moco-v2}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
