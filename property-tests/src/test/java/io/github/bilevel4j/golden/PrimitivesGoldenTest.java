package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Unit rows and batch normalization. */
class PrimitivesGoldenTest implements GoldenKind {
  /** Rows shorter than this are normalized in different ways by different libraries. */
  private static final double SHORT_ROW = 1e-5;

  @Override
  public String file() {
    return "primitives";
  }

  @Override
  public ImmutableMap<String, String> notUsed() {
    return ImmutableMap.of(
        "jax_tf_rule", "describes jax_tf/grad",
        "torch_rule", "describes grad",
        "weights_are", "describes w",
        "layout", "describes x",
        "scalar", "describes the loss");
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    if (golden.hasInput("gamma")) {
      batchNorm(golden, engine, computed);
    } else {
      unitRows(golden, engine, computed);
    }
  }

  /**
   * Rows are compared each on its own scale: where a row is zero, the derivative is larger by a
   * factor of 1e12. The rule of JAX is the same but for short rows.
   */
  private static void unitRows(GoldenCase golden, Engine engine, Computed computed) {
    Expr x = golden.variable("x");
    Expr loss = x.normalized(-1).dot(golden.constant("w"));
    ImmutableMap<String, Array> values =
        Evaluation.on(engine, Map.of("loss", loss, "grad", loss.gradient(x)));
    computed.put("loss", values.get("loss")).put("grad/x", values.get("grad"), Measure.rowByRow());
    Array theirs = golden.expected().get("jax_tf/grad/x");
    if (theirs != null) {
      computed
          .put("jax_tf/loss", values.get("loss"))
          .put(
              "jax_tf/grad/x",
              withShortRows(golden.input("x"), values.get("grad"), theirs),
              Measure.rowByRow());
    }
  }

  /** An array with the short rows taken from another one. */
  private static Array withShortRows(Array x, Array ours, Array theirs) {
    int columns = x.shape().dim(-1);
    return Array.fill(
        x.shape(), i -> norm(x, i / columns, columns) < SHORT_ROW ? theirs.at(i) : ours.at(i));
  }

  private static double norm(Array x, int row, int columns) {
    return Math.sqrt(
        IntStream.range(0, columns)
            .mapToDouble(column -> x.at(row * columns + column))
            .map(value -> value * value)
            .sum());
  }

  private static void batchNorm(GoldenCase golden, Engine engine, Computed computed) {
    requireUsual(golden, "eps", 1e-5);
    requireUsual(golden, "momentum", 0.1);
    Expr x = golden.variable("x");
    Layer layer = BatchNorm.over(golden.input("gamma").size()).init(Scope.seed(0));
    Expr gamma = layer.parameters().get("weight");
    Expr beta = layer.parameters().get("bias");
    Expr y = channelsFirst(layer.apply(channelsLast(x), Pass.batchStatistics()));
    Expr loss = y.dot(golden.constant("w"));
    Program program =
        engine.compile(
            Step.named("batch norm")
                .output("y", y)
                .output("loss", loss)
                .output("x", loss.gradient(x))
                .output("gamma", loss.gradient(gamma))
                .output("beta", loss.gradient(beta)));
    engine.write(Map.of(gamma, golden.input("gamma"), beta, golden.input("beta")));
    ImmutableMap<String, Array> values = program.run().all();
    computed.put("loss", values.get("loss")).put("extras/y", values.get("y"));
    for (String input : List.of("x", "gamma", "beta")) {
      computed.put("grad/" + input, values.get(input));
    }
    runningStatistics(layer, x, engine, computed);
  }

  /** The layer has the usual settings only. */
  private static void requireUsual(GoldenCase golden, String parameter, double usual) {
    if (golden.number(parameter) != usual) {
      throw new IllegalArgumentException(
          "BatchNorm has " + parameter + " " + usual + ", got " + golden.number(parameter));
    }
  }

  /** The running statistics after a pass over x and one over {@code x / 2 + 1}. */
  private static void runningStatistics(Layer layer, Expr x, Engine engine, Computed computed) {
    for (Expr batch : List.of(x, x.times(0.5).plus(1))) {
      Pass pass = Pass.training();
      Expr y = layer.apply(channelsLast(batch), pass);
      engine.compile(Step.named("pass").output("y", y).updating(pass.updates())).run();
    }
    Variables state = layer.state();
    computed
        .put("running_mean_after_x_then_0.5x+1", engine.read(state.get("running_mean")))
        .put("running_var_after_x_then_0.5x+1", engine.read(state.get("running_var")));
  }

  private static Expr channelsLast(Expr x) {
    int rank = x.shape().rank();
    return x.permuted(IntStream.range(0, rank).map(i -> i == 0 ? 0 : i % (rank - 1) + 1).toArray());
  }

  private static Expr channelsFirst(Expr x) {
    int rank = x.shape().rank();
    return x.permuted(
        IntStream.range(0, rank).map(i -> i == 0 ? 0 : (i + rank - 3) % (rank - 1) + 1).toArray());
  }
}
