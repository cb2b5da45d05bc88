package io.github.bilevel4j.solver.step.internal;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Initializer;
import java.util.List;

/** A second copy of variables on the device, to go back to when a step fails. */
public final class SavedState {
  private final Program save;
  private final Program restore;

  /** Of variables, under a name for their copies. */
  public SavedState(String name, List<Expr> variables, Engine engine) {
    ImmutableList.Builder<Update> there = ImmutableList.builder();
    ImmutableList.Builder<Update> back = ImmutableList.builder();
    for (Expr variable : variables) {
      Expr copy =
          Expr.variable(name + "/saved " + variable.name(), variable.shape(), Initializer.zeros());
      there.add(new Update(copy, variable));
      back.add(new Update(variable, copy));
    }
    save = engine.compile(new Step(name + "/save", ImmutableMap.of(), there.build()));
    restore = engine.compile(new Step(name + "/restore", ImmutableMap.of(), back.build()));
  }

  /** Copies the present values. */
  public void save() {
    save.run();
  }

  /** Puts the values copied last back. */
  public void restore() {
    restore.run();
  }
}
