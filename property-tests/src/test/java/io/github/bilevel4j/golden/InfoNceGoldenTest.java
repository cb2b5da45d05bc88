package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.InfoNce;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** InfoNCE with a queue, asymmetric, or symmetric with a queue for the keys of each view. */
class InfoNceGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "moco_v2";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    InfoNce infoNce = InfoNce.temperature(golden.number("temperature"));
    if (golden.flag("symmetric")) {
      computeSymmetric(golden, infoNce, computed);
    } else {
      Expr q = golden.variable("q");
      Expr k = golden.variable("k");
      Expr queue = golden.variable("queue");
      golden.requires("queue_size", queue.shape().dim(0));
      Expr loss = infoNce.of(q, k, queue);
      computed
          .put("loss", loss)
          .putGradients("grad", loss, Map.of("q", q, "k", k, "queue", queue))
          .put("extras/alignment", infoNce.alignment(q, k))
          .put("extras/constraint", infoNce.constraint(q, k, queue));
    }
  }

  private static void computeSymmetric(GoldenCase golden, InfoNce infoNce, Computed computed) {
    Map<String, Expr> points = golden.variables();
    List<Expr> q = pair("q", points);
    List<Expr> k = pair("k", points);
    List<Expr> queues = queues(points);
    Expr loss = infoNce.of(q, k, queues);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, points)
        .put("extras/alignment", infoNce.alignment(q, k))
        .put("extras/constraint", infoNce.constraint(q, k, queues));
  }

  /** The queues of both views by themselves, or one above the other. */
  private static List<Expr> queues(Map<String, Expr> points) {
    Expr both = points.get("queue");
    return both == null ? pair("queue", points) : ImmutableList.of(both.at(0, 0), both.at(0, 1));
  }

  /** Two inputs numbered from zero or from one. */
  private static List<Expr> pair(String prefix, Map<String, Expr> points) {
    int first = points.containsKey(prefix + "0") ? 0 : 1;
    return Stream.of(first, first + 1).map(i -> points.get(prefix + i)).toList();
  }
}
