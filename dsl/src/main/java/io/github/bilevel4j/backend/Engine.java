package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Compiles steps and keeps the variables on one device in one precision. All programs of an engine
 * share its variables; closing it frees the device's memory, and closing it again does nothing.
 *
 * <p>An engine, its programs and all solvers on it are used by one thread at a time: a call while
 * another thread is within one is refused, with that thread's name. One thread after another may
 * use them, and each sees what those before it did.
 *
 * <p>Compiling and the first run of a program take time that grows with all that the engine has
 * compiled before and not {@linkplain Program#close() closed}.
 */
public interface Engine extends AutoCloseable {

  /**
   * Compiles a step. Variables that no step mentioned before are created and set to their first
   * values. For a step equal to one that was compiled before, the answer is the same program: it is
   * kept until it or the engine is closed.
   *
   * @throws IllegalArgumentException if a part of the step cannot be computed
   * @throws IllegalStateException if the engine is closed
   */
  Program compile(Step step);

  /**
   * The present values of variables, in the order given.
   *
   * @throws IllegalArgumentException if an expression is not a variable
   * @throws IllegalStateException if the engine is closed
   */
  ImmutableMap<Expr, Array> read(Iterable<Expr> variables);

  /**
   * Sets variables. All are checked before the first one is set.
   *
   * @throws IllegalArgumentException if an expression is not a variable or a shape differs from its
   *     variable's
   * @throws IllegalStateException if the engine is closed
   */
  void write(Map<Expr, Array> values);

  /** As {@link #read(Iterable)} for one variable. */
  default Array read(Expr variable) {
    return read(List.of(variable)).values().iterator().next();
  }

  /** As {@link #write(Map)} for one variable. */
  default void write(Expr variable, Array value) {
    write(Map.of(variable, value));
  }

  /** The values of a set of variables by key. */
  default ImmutableMap<String, Array> read(Variables variables) {
    return ImmutableMap.copyOf(
        Maps.transformValues(variables.leaves(), read(variables.leaves().values())::get));
  }

  /**
   * Sets variables by key; those whose key has no value keep theirs.
   *
   * @throws IllegalArgumentException also if a key belongs to no variable
   */
  default void write(Variables variables, Map<String, Array> values) {
    ImmutableMap.Builder<Expr, Array> byVariable = ImmutableMap.builder();
    values.forEach((name, value) -> byVariable.put(variables.get(name), value));
    write(byVariable.buildOrThrow());
  }

  /**
   * {@code f(argument)} for a function f that is a mean over the samples of the batch, such as a
   * product with the Hessian of a mean loss. Whoever declares it by this method can be given the
   * batch in parts: an engine that gets batches whole returns the expression itself, one that gets
   * micro-batches returns variables that hold the mean when a step that reads them is run.
   *
   * @param function linear in the samples, not necessarily in its argument
   */
  default Vector batchMean(Vector argument, UnaryOperator<Vector> function) {
    return function.apply(argument);
  }

  /** As {@link #batchMean(Vector, UnaryOperator)} for a value without an argument. */
  default Vector batchMean(Vector value) {
    return batchMean(Vector.of(ImmutableMap.of()), none -> value);
  }

  /**
   * The argument of the mean that a variable holds; empty for all variables but those that {@link
   * #batchMean(Vector, UnaryOperator) batchMean} has returned.
   */
  default Optional<Vector> argumentOfMean(Expr variable) {
    return Optional.empty();
  }

  /**
   * The value whose mean over the samples a variable holds; empty for all variables but those that
   * {@link #batchMean(Vector, UnaryOperator) batchMean} has returned.
   */
  default Optional<Vector> valueOfMean(Expr variable) {
    return Optional.empty();
  }

  /**
   * Does work of several calls, such as a solver's step, between which no other thread may use the
   * engine. By default nothing is refused.
   *
   * @param operation what another thread is told that this one is doing
   * @throws UsageError if another thread is using the engine
   */
  default <T> T exclusively(String operation, Supplier<T> work) {
    return work.get();
  }

  /**
   * The number of processes that compute the same steps, each on its own part of every batch; one
   * unless the engine belongs to a {@link Cluster}.
   */
  default int replicas() {
    return 1;
  }

  /** Which of the {@linkplain #replicas() replicas} this process is, counted from zero. */
  default int rank() {
    return 0;
  }

  /** The most memory that the process is to take; none unless the engine was opened so. */
  default Optional<MemoryBudget> processBudget() {
    return Optional.empty();
  }

  /** The device. */
  DeviceInfo device();

  /** The precision of all values. */
  Precision precision();

  @Override
  void close();
}
