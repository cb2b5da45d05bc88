package io.github.bilevel4j.examples.cli;

import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.Preset;
import io.github.bilevel4j.examples.ssl.Recipe;
import io.github.bilevel4j.examples.ssl.Recipes;
import io.github.bilevel4j.examples.ssl.Site;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.Locale;
import java.util.Map;

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
  BARLOW_TWINS(
      "cross-correlation of features near the identity (Zbontar et al., 2021)",
      Recipes::barlowTwins),
  WMSE("distance of two whitened views (Ermolov et al., 2021)", site -> Recipes.wMse(site, 2)),
  WMSE4("distance of four whitened views (Ermolov et al., 2021)", site -> Recipes.wMse(site, 4)),
  RELIC_V2("contrast with invariant comparisons (Tomasev et al., 2022)", Recipes::relicV2),
  LMCL("contrast with polarised distances (Chen et al., 2021)", Recipes::lmcl),
  RESSL("relations to a queue, weak teacher view (Zheng et al., 2021)", Recipes::reSsl),
  SSL_HSIC("kernel dependence on the image's identity (Li et al., 2021)", Recipes::sslHsic),
  CORINFOMAX(
      "near views, running covariance of large volume (Ozsoy et al., 2022)", Recipes::corInfoMax),
  MEC("maximum entropy coding of views (Liu et al., 2022)", Recipes::mec),
  VICREG("variance, invariance, covariance (Bardes et al., 2022)", Recipes::vicReg),
  VICREGL("VICReg of images and of places in them (Bardes et al., 2022)", Recipes::vicRegL),
  SDCLR("contrast with a magnitude-pruned self, long tails (Jiang et al., 2021)", Recipes::sdclr);

  private final String description;
  private final Preparation preparation;

  MethodKind(String description, Preparation preparation) {
    this.description = description;
    this.preparation = preparation;
  }

  /** How a method is put on an encoder. */
  @Immutable
  private interface Preparation {
    Recipe on(Site site);
  }

  /** One line: what it does, and the source. */
  String description() {
    return description;
  }

  /** The method with new heads on an encoder, its views and its optimizer. */
  Recipe on(Site site) {
    return preparation.on(site);
  }

  /** The method with new small heads for features that come from elsewhere. */
  SslMethod on(int features, Scope scope) {
    Layer nothing = Layer.of(Variables.none(), (values, x, pass) -> x);
    Encoder elsewhere = Encoder.of(Map.of("features", nothing));
    return on(new Site(Preset.QUICK, elsewhere, features, scope, 32, 128, 1, 1, counter("step")))
        .method();
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
