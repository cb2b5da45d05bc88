package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.backend.*;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.*;
import io.github.bilevel4j.shape.*;
import java.util.*;
import org.junit.jupiter.api.Test;

final class MemoryBudgetTest {
  static Step step() {
    Expr x = Expr.input("x", 16, 32, 32, 8);
    Step step = Step.named("train");
    Expr h = x;
    List<Expr> ws = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Expr w = Expr.variable("w" + i, Shape.of(3, 3, 8, 8), Initializer.uniform(0.2, i));
      ws.add(w);
      h = Expr.of(new Convolution.Forward(Window.of(1, 1)), h, w).relu().plus(h).tanh();
    }
    Expr loss = h.squared().mean();
    step = step.output("loss", loss);
    for (Expr w : ws) step = step.updating(w, w.minus(loss.gradient(w).times(0.1)));
    return step;
  }

  @Test
  void prints() {
    Step step = step();
    java.util.Random random = new java.util.Random(1);
    Array image = Array.fill(Shape.of(16, 32, 32, 8), i -> random.nextGaussian());
    for (Precision p : List.of(Precision.FLOAT64, Precision.FLOAT32)) {
      for (long mb : new long[] {1000, 20, 16, 12, 10, 8, 4}) {
        try (TensorFlowEngine e = TensorFlowEngine.openWithoutReserve(p, new MemoryBudget(mb << 20))) {
          Program prog = e.compile(step);
          double a = prog.run(Feed.of(step(prog), image)).scalar("loss");
          double b = prog.run(Feed.of(step(prog), image)).scalar("loss");
          System.out.println(p + " " + mb + " " + a + " " + b + " " + prog.nodeCount());
        } catch (RuntimeException x) {
          System.out.println(p + " " + mb + " " + x);
        }
      }
    }
  }
  static Expr step(Program p) { return p.inputs().get(0); }
}
