package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.distillation.ReSslLoss;
import java.util.List;
import java.util.Map;

/** ReSSL with one or more views of the student. */
class ReSslGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "ressl";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    ReSslLoss reSsl =
        ReSslLoss.temperatures(
            golden.number("temperature_student"), golden.number("temperature_teacher"));
    Map<String, Expr> points = golden.variables();
    List<Expr> students = golden.numbered("q").stream().map(points::get).toList();
    golden.requires("crops", students.size());
    Expr teacher = points.get("k");
    Expr queue = points.get("queue");
    Expr loss = reSsl.of(students, teacher, queue);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, points)
        .put("extras/target_entropy", reSsl.targetEntropy(teacher, queue));
  }
}
