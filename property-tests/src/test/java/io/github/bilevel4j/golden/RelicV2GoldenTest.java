package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.RelicV2Loss;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;

/** ReLIC v2 in all readings of the paper. */
class RelicV2GoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "relicv2";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Map<String, Expr> points = golden.variables();
    List<Expr> online = golden.numbered("o").stream().map(points::get).toList();
    List<Expr> targets = golden.numbered("t").stream().map(points::get).toList();
    golden.requires("n_large", targets.size()).requires("n_small", online.size() - targets.size());
    RelicV2Loss relic = relic(golden, online.get(0).shape().dim(0));
    Expr loss = relic.of(online, targets);
    Expr contrast = relic.weight(0).of(online, targets);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, points)
        .put("extras/contrastive", contrast)
        .put("extras/invariance_kl", relic.divergence(online, targets));
  }

  private static RelicV2Loss relic(GoldenCase golden, int images) {
    RelicV2Loss relic =
        RelicV2Loss.temperature(golden.number("temperature"))
            .weight(golden.number("kl_weight"))
            .constant(constant(golden.text("kl_stop_gradient")))
            .invariance(invariance(golden.text("kl_mode")))
            .sameViews(golden.flag("include_same_crop_pairs"));
    return golden.isList("negatives")
        ? relic.negatives(
            Expr.constant(Array.vector(golden.numbers("negatives"))).reshape(images, -1))
        : relic;
  }

  private static RelicV2Loss.Constant constant(String name) {
    return switch (name) {
      case "first_term" -> RelicV2Loss.Constant.NEGATIVE_ENTROPY;
      case "p" -> RelicV2Loss.Constant.FIRST_DISTRIBUTION;
      case "none" -> RelicV2Loss.Constant.NOTHING;
      default -> throw new IllegalArgumentException("unknown stop-gradient " + name);
    };
  }

  private static RelicV2Loss.Invariance invariance(String name) {
    return switch (name) {
      case "swap" -> RelicV2Loss.Invariance.OF_DIRECTIONS;
      case "large_pair" -> RelicV2Loss.Invariance.OF_LARGE_VIEWS;
      default -> throw new IllegalArgumentException("unknown divergence " + name);
    };
  }
}
