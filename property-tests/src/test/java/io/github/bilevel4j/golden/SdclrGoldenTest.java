package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.MagnitudeMask;
import java.util.Map;

/** SDCLR: NT-Xent between dense and pruned features, and the masks of the pruning. */
class SdclrGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "sdclr";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    if (golden.hasInput("f_dense")) {
      loss(golden, computed);
    } else {
      masks(golden, engine, computed);
    }
  }

  private static void loss(GoldenCase golden, Computed computed) {
    Expr dense = golden.variable("f_dense");
    Expr pruned = golden.variable("f_pruned");
    Expr loss = NtXent.temperature(golden.number("temperature")).of(dense, pruned);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, Map.of("f_dense", dense, "f_pruned", pruned));
  }

  private static void masks(GoldenCase golden, Engine engine, Computed computed) {
    ImmutableList<String> names = golden.inputs().asList();
    Vector weights = Vector.of(Maps.toMap(names, golden::variable));
    MagnitudeMask mask = MagnitudeMask.fraction(golden.number("prune_fraction"));
    Vector masks = mask.of(weights);
    for (int i = 0; i < names.size(); i++) {
      computed.put("mask" + i, masks.get(names.get(i)));
    }
    Expr kept = masks.flattened().mean();
    // The file's fraction was computed in float32.
    float pruned =
        (float) (1 - Evaluation.on(engine, Map.of("kept", kept)).get("kept").scalarValue());
    computed.put("threshold", mask.threshold(weights)).put("sparsity", pruned);
  }
}
