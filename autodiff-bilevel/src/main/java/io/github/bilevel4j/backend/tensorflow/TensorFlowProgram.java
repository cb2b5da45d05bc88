package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
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

/** A step in the engine's present graph; nothing of it is left when it is closed. */
final class TensorFlowProgram implements Program {
  private final TensorFlowEngine engine;
  private final String name;
  private final ImmutableList<Expr> inputs;
  private final int nodeCount;
  private final Duration compileTime;
  private Optional<Contents> contents;

  private record Contents(Step step, LoweredStep lowered, int marked) {}

  TensorFlowProgram(
      TensorFlowEngine engine,
      Step step,
      LoweredStep lowered,
      int nodeCount,
      Duration compileTime) {
    this.engine = engine;
    this.name = step.name();
    this.inputs = lowered.placeholders().keySet().asList();
    this.nodeCount = nodeCount;
    this.compileTime = compileTime;
    this.contents = Optional.of(new Contents(step, lowered, engine.replication().marked()));
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

  /** The step as it was last lowered, of a program that is not closed. */
  LoweredStep lowered() {
    return contents.orElseThrow().lowered();
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
    if (present.lowered().session() != session
        || engine.replication().areMarkedSince(present.marked(), present.lowered().resources())) {
      LoweredStep again = engine.lowered(present.step());
      present = new Contents(present.step(), again, engine.replication().marked());
      contents = Optional.of(present);
    }
    return present.lowered();
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
