package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Values of some variables kept on the device, the last one first out. They are a shift register:
 * to keep one more, each value moves one place on. An assignment shares its value's buffer, so that
 * moving costs no copy, and two programs suffice for any number of places.
 */
final class Checkpoints {
  private final ImmutableList<ImmutableMap<Expr, Expr>> places;
  private final Program keep;
  private final Optional<Program> drop;

  /**
   * Compiles the two programs.
   *
   * @param variables whose values are kept
   * @param capacity the greatest number of values of each
   */
  Checkpoints(String name, List<Expr> variables, int capacity, Engine engine) {
    places =
        IntStream.range(0, capacity)
            .mapToObj(place -> place(name + "/checkpoint " + (place + 1), variables))
            .collect(ImmutableList.toImmutableList());
    List<Update> on = new ArrayList<>();
    List<Update> back = new ArrayList<>();
    for (Expr variable : variables) {
      on.add(new Update(top(variable), variable));
      for (int place = 1; place < capacity; place++) {
        Expr before = places.get(place - 1).get(variable);
        Expr after = places.get(place).get(variable);
        on.add(new Update(after, before));
        back.add(new Update(before, after));
      }
    }
    keep = engine.compile(Step.named(name + "/keep").updating(on));
    drop =
        capacity == 1
            ? Optional.empty()
            : Optional.of(engine.compile(Step.named(name + "/drop").updating(back)));
  }

  private static ImmutableMap<Expr, Expr> place(String prefix, List<Expr> variables) {
    ImmutableMap.Builder<Expr, Expr> copies = ImmutableMap.builder();
    for (Expr v : variables) {
      copies.put(v, Expr.variable(prefix + "/" + v.name(), v.shape(), Initializer.zeros()));
    }
    return copies.buildOrThrow();
  }

  /** The variable that holds the last kept value of a variable. */
  Expr top(Expr variable) {
    return places.get(0).get(variable);
  }

  /** Keeps the present values. */
  void keep() {
    keep.run();
  }

  /** Drops the last kept values, so that those before them are the last ones. */
  void drop() {
    drop.ifPresent(Program::run);
  }
}
