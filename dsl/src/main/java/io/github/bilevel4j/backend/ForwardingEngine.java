package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** An engine that hands every call on to another one; its subclasses change some. */
public abstract class ForwardingEngine implements Engine {
  private final Engine engine;

  /** In front of an engine. */
  protected ForwardingEngine(Engine engine) {
    this.engine = engine;
  }

  @Override
  public Program compile(Step step) {
    return engine.compile(step);
  }

  @Override
  public ImmutableMap<Expr, Array> read(Iterable<Expr> variables) {
    return engine.read(variables);
  }

  @Override
  public void write(Map<Expr, Array> values) {
    engine.write(values);
  }

  @Override
  public Vector batchMean(Vector argument, UnaryOperator<Vector> function) {
    return engine.batchMean(argument, function);
  }

  @Override
  public Optional<Vector> argumentOfMean(Expr variable) {
    return engine.argumentOfMean(variable);
  }

  @Override
  public Optional<Vector> valueOfMean(Expr variable) {
    return engine.valueOfMean(variable);
  }

  @Override
  public <T> T exclusively(String operation, Supplier<T> work) {
    return engine.exclusively(operation, work);
  }

  @Override
  public int replicas() {
    return engine.replicas();
  }

  @Override
  public int rank() {
    return engine.rank();
  }

  @Override
  public Optional<MemoryBudget> processBudget() {
    return engine.processBudget();
  }

  @Override
  public DeviceInfo device() {
    return engine.device();
  }

  @Override
  public Precision precision() {
    return engine.precision();
  }

  @Override
  public void close() {
    engine.close();
  }
}
