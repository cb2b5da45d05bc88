package io.github.bilevel4j.golden;

import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.WMseLoss;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** W-MSE with given sub-batches. */
class WMseGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "wmse";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    int size = golden.integer("w_size");
    WMseLoss wMse =
        WMseLoss.subBatch(size)
            .iterations(golden.integer("w_iter"))
            .shrinkage(golden.number("eps"));
    Map<String, Expr> views = Maps.toMap(golden.numbered("z"), golden::variable);
    golden.requires("n_views", views.size());
    List<Expr> orders = orders(golden);
    Expr loss = wMse.of(orders, List.copyOf(views.values()));
    Expr first = views.get("z0").gather(orders.get(0).slice(0, 0, size));
    computed
        .put("loss", loss)
        .putGradients("grad", loss, views)
        .put("extras/whitened_z0_first_subbatch", wMse.whitening().of(first));
  }

  private static List<Expr> orders(GoldenCase golden) {
    int images = golden.input("z0").shape().dim(0);
    int[] all = golden.integers("permutations");
    return IntStream.range(0, all.length / images)
        .mapToObj(k -> Array.fill(Shape.of(images), i -> all[k * images + i]))
        .map(Expr::constant)
        .toList();
  }
}
