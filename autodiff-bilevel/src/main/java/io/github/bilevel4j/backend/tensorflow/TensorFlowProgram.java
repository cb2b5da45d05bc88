package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.tensorflow.Session;

/**
 * A step in the engine's present graph, or one that is put into it when it first runs; nothing of
 * it is left when it is closed.
 */
final class TensorFlowProgram implements Program {
  private final TensorFlowEngine engine;
  private final String name;
  private final ImmutableList<Expr> inputs;
  private int nodeCount;
  private Duration compileTime;
  private boolean isPlanned;
  private Optional<Contents> contents;

  private record Contents(
      Step step, ImmutableSet<Leaf> resources, Optional<LoweredStep> lowered, int marked) {}

  private TensorFlowProgram(
      TensorFlowEngine engine,
      ImmutableList<Expr> inputs,
      int nodeCount,
      Duration compileTime,
      Contents contents) {
    this.engine = engine;
    this.name = contents.step().name();
    this.inputs = inputs;
    this.nodeCount = nodeCount;
    this.compileTime = compileTime;
    this.contents = Optional.of(contents);
  }

  /** Of a step that is in the engine's graph. */
  static TensorFlowProgram of(
      TensorFlowEngine engine,
      Step step,
      LoweredStep lowered,
      int nodeCount,
      Duration compileTime) {
    return new TensorFlowProgram(
        engine,
        lowered.placeholders().keySet().asList(),
        nodeCount,
        compileTime,
        in(engine, step, lowered));
  }

  /** Of a step that is not, and will be {@linkplain #plan planned}. */
  static TensorFlowProgram of(
      TensorFlowEngine engine, Step step, DeferredStep deferred, Duration compileTime) {
    return new TensorFlowProgram(
        engine,
        deferred.inputs(),
        0,
        compileTime,
        new Contents(step, deferred.resources(), Optional.empty(), engine.replication().marked()));
  }

  private static Contents in(TensorFlowEngine engine, Step step, LoweredStep lowered) {
    return new Contents(
        step, lowered.resources(), Optional.of(lowered), engine.replication().marked());
  }

  /** Tells of the operations that the step will add to the graph, and of the time to plan them. */
  void plan(int operations, Duration time) {
    isPlanned = true;
    nodeCount = operations;
    compileTime = compileTime.plus(time);
  }

  /** Whether there was memory for the step, as there may not be once more. */
  boolean isPlanned() {
    return isPlanned;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ImmutableList<Expr> inputs() {
    return inputs;
  }

  @Override
  public int nodeCount() {
    return nodeCount;
  }

  @Override
  public Duration compileTime() {
    return compileTime;
  }

  @Override
  public Results run(Feed feed) {
    String operation = "run \"" + name + "\"";
    return engine.exclusively(operation, () -> run(operation, feed));
  }

  private Results run(String operation, Feed feed) {
    Session session = engine.session(operation);
    ImmutableMap<Leaf.Input, Array> values = feed.valuesFor(name, inputs);
    LoweredStep lowered = present(operation, session);
    KeptValues kept = engine.keptValues();
    kept.requirePresent(operation, lowered.kept().read());
    try (DeviceCall call =
        new DeviceCall(operation, session, engine.precision(), lowered.light())) {
      lowered
          .placeholders()
          .forEach(
              (input, placeholder) -> call.feed(placeholder, values.get((Leaf.Input) input.op())));
      lowered.fetches().values().forEach(call::fetch);
      call.execute(lowered.last());
      engine.trace(contents.orElseThrow().step(), lowered, call);
      kept.begin(lowered.kept());
      Results results =
          results(
              lowered, engine.replication().watched(operation, () -> call.run(lowered.origins())));
      kept.assigned(lowered.kept().assigned());
      return results;
    }
  }

  @Override
  public void close() {
    engine.exclusively(
        "close \"" + name + "\"",
        () -> {
          Optional<Contents> dropped = contents;
          contents = Optional.empty();
          dropped.ifPresent(last -> engine.release(last.step(), this));
          return dropped;
        });
  }

  /** The step in the graph; a step that will be put there at its first run is not yet. */
  LoweredStep lowered() {
    return contents.flatMap(Contents::lowered).orElseThrow();
  }

  /** The variables and constants of a program that is not closed. */
  ImmutableSet<Leaf> resources() {
    return contents.orElseThrow().resources();
  }

  /**
   * The step in the session's graph, to which it is added if the engine has begun a new one, or if
   * one of its variables is found to differ between replicas.
   */
  private LoweredStep present(String operation, Session session) {
    Contents present =
        contents.orElseThrow(
            () ->
                UsageError.in(operation)
                    .because("the program is closed")
                    .maybe("engine.compile(step) gives a new one."));
    Optional<LoweredStep> lowered =
        present
            .lowered()
            .filter(last -> last.session() == session)
            .filter(
                last -> !engine.replication().areMarkedSince(present.marked(), last.resources()));
    if (lowered.isEmpty()) {
      lowered = Optional.of(engine.lowered(present.step(), this));
      contents = lowered.map(again -> in(engine, present.step(), again));
    }
    return lowered.orElseThrow();
  }

  private static Results results(LoweredStep lowered, List<Array> values) {
    ImmutableMap.Builder<String, Array> outputs = ImmutableMap.builder();
    Streams.forEachPair(lowered.fetches().keySet().stream(), values.stream(), outputs::put);
    return Results.of(outputs.buildOrThrow());
  }

  @Override
  public String toString() {
    return "program \"" + name + "\" (" + nodeCount + " nodes)";
  }
}
