package io.github.bilevel4j.solver.step.internal;

import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.ForwardingEngine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * An engine that notes what is compiled for one problem until it is closed to notes, and refuses
 * steps whose variables do not fit in the device's memory, before they are created.
 */
public final class RecordingEngine extends ForwardingEngine {
  private static final double MEBIBYTE = 1024.0 * 1024;

  private final String problem;
  private final Engine engine;
  private final Map<Step, Program> programs = new LinkedHashMap<>();
  private final Set<Expr> variables = new LinkedHashSet<>();
  private boolean recording = true;

  /** On an engine, for a problem of this name. */
  public RecordingEngine(String problem, Engine engine) {
    super(engine);
    this.problem = problem;
    this.engine = engine;
  }

  /** Stops recording. */
  public void stop() {
    recording = false;
  }

  /** What was compiled. */
  public Map<Step, Program> programs() {
    return programs;
  }

  /** All variables of what was compiled. */
  public Set<Expr> variables() {
    return variables;
  }

  @Override
  public Program compile(Step step) {
    if (!recording) {
      return engine.compile(step);
    }
    Iterables.addAll(
        variables, Iterables.filter(Expr.nodesOf(step.expressions()), Expr::isVariable));
    step.updates().forEach(update -> variables.add(update.variable()));
    requireFits();
    Program program = engine.compile(step);
    programs.put(step, program);
    return program;
  }

  private double bytes(Expr variable) {
    return (double) variable.shape().size() * engine.precision().bytes();
  }

  private void requireFits() {
    double needed = variables.stream().mapToDouble(this::bytes).sum();
    long available = engine.device().memoryBytes();
    if (available > 0 && needed > available) {
      Expr largest = variables.stream().max(Comparator.comparingDouble(this::bytes)).orElseThrow();
      throw UsageError.in("solve \"" + problem + "\"")
          .because(
              "the variables need %.3g MiB, and the device has %.3g MiB",
              needed / MEBIBYTE, available / MEBIBYTE)
          .row("device", engine.device().toString())
          .row("largest variable", largest.name() + " " + largest.shape())
          .maybe(
              "a smaller batch, Precision.FLOAT32, or an estimator that keeps less was meant;"
                  + " explain() of a smaller problem tells what is kept.");
    }
  }
}
