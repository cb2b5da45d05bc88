package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.Sinkhorn;
import io.github.bilevel4j.losses.distillation.SwavLoss;
import java.util.List;
import java.util.Map;

/** SwAV with two or more crops, with and without a queue of earlier embeddings. */
class SwavGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "swav";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    Sinkhorn sinkhorn =
        Sinkhorn.epsilon(golden.number("epsilon"))
            .iterations(golden.integer("sinkhorn_iterations"));
    SwavLoss swav =
        SwavLoss.temperature(golden.number("temperature"))
            .sinkhorn(sinkhorn)
            .assigned(golden.integer("n_big"));
    Map<String, Expr> points = golden.variables();
    List<Expr> z = golden.numbered("z").stream().map(points::get).toList();
    List<Expr> queues = golden.numbered("queue").stream().map(points::get).toList();
    golden
        .requires("n_small", z.size() - golden.integer("n_big"))
        .requires("queue", queues.isEmpty() ? 0 : queues.get(0).shape().dim(0));
    Expr prototypes = points.get("prototypes");
    Expr loss = swav.of(z, prototypes, queues);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, points)
        .put(
            "extras/grad_wrt_normalised_prototypes_no_projection",
            loss.gradient(prototypes.normalized(-1)));
    ImmutableList<Expr> assignments = swav.assignments(z, prototypes, queues);
    for (int view = 0; view < assignments.size(); view++) {
      computed.put("extras/q" + view, assignments.get(view));
    }
  }
}
