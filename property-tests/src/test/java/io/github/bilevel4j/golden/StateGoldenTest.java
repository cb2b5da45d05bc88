package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.state.MovingAverage;
import io.github.bilevel4j.losses.state.Queue;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;

/** A queue of keys, and a moving average whose weight follows a cosine. */
class StateGoldenTest implements GoldenKind {
  private static final String ONLINE = "online_";
  private static final String TARGET = "target_";

  @Override
  public String file() {
    return "queue_ema";
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    if (golden.hasParameter("K")) {
      computeQueue(golden, engine, computed);
    } else {
      computeAverage(golden, engine, computed);
    }
  }

  private static void computeQueue(GoldenCase golden, Engine engine, Computed computed) {
    Queue queue = Queue.named("queue", golden.integer("K"), golden.integer("d"), 0);
    engine.write(queue.contents(), Rows.transposed(golden.input("queue0_dxK")));
    engine.write(queue.pointer(), Array.scalar(golden.number("ptr0")));
    ImmutableList<String> batches = golden.numbered("keys");
    for (int step = 0; step < batches.size(); step++) {
      Expr keys = golden.constant(batches.get(step));
      golden.requires("batch", keys.shape().dim(0));
      engine.compile(Step.named("enqueue").updating(queue.enqueuing(keys))).run();
      computed
          .put("steps/" + step + "/ptr", engine.read(queue.pointer()))
          .put("steps/" + step + "/queue_dxK", Rows.transposed(engine.read(queue.contents())));
    }
  }

  private static void computeAverage(GoldenCase golden, Engine engine, Computed computed) {
    Expr k = Expr.variable("k", Array.scalar(0));
    int steps = golden.integer("max_steps");
    Schedule schedule =
        Schedule.cosine(golden.number("base_tau"), golden.number("final_tau"), steps);
    Expr tau = schedule.at(k);
    List<String> names =
        golden.inputs().stream()
            .filter(name -> name.startsWith(ONLINE))
            .map(name -> name.substring(ONLINE.length()))
            .toList();
    Variables online =
        Variables.of(
            names.stream().map(name -> Expr.variable(name, golden.input(ONLINE + name))).toList());
    MovingAverage average = MovingAverage.of(online);
    names.forEach(name -> engine.write(average.variables().get(name), golden.input(TARGET + name)));
    Program step =
        engine.compile(
            Step.named("step")
                .output("tau", tau)
                .updating(average.updates(tau))
                .updating(k, k.plus(1)));
    for (String i : golden.expectedBelow("updates")) {
      computed.put("updates/" + i + "/tau_used", step.run().get("tau"));
      names.forEach(
          name ->
              computed.put(
                  "updates/" + i + "/" + TARGET + name,
                  engine.read(average.variables().get(name))));
    }
    Expr[] taus = new Expr[steps + 1];
    for (int i = 0; i <= steps; i++) {
      taus[i] = schedule.at(Expr.constant(i));
    }
    computed.put(
        "tau_schedule_steps_0_to_max",
        Evaluation.on(engine, Map.of("taus", Expr.stack(taus))).get("taus"));
  }
}
