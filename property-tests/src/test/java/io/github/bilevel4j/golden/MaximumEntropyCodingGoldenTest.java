package io.github.bilevel4j.golden;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.MaximumEntropyCoding;
import java.util.List;
import java.util.Map;

/** MEC by its series, and the determinant that the series approximates. */
class MaximumEntropyCodingGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "mec";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    double inverseLambda = golden.number("lambda_inv");
    MaximumEntropyCoding coding =
        MaximumEntropyCoding.inverseLambda(inverseLambda).order(golden.integer("taylor_order"));
    Expr z1 = golden.variable("z1");
    Expr z2 = golden.variable("z2");
    golden.requires("m", z1.shape().dim(0));
    List<Expr> students = List.of(z1, z2);
    List<Expr> teachers = List.of(golden.constant("p1"), golden.constant("p2"));
    Expr loss = coding.of(students, teachers);
    computed
        .put("loss", loss)
        .putGradients("grad", loss, Map.of("z1", z1, "z2", z2))
        .put("extras/mec_value", loss.dividedBy(-inverseLambda))
        .put(
            "extras/exact_logdet_mec_value",
            coding.exact().of(students, teachers).dividedBy(-inverseLambda))
        .put("extras/first_order_alignment", coding.alignment(students, teachers));
  }
}
