package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.time.Duration;
import java.util.List;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Session;

/**
 * A step in the engine's graph.
 *
 * @param placeholders where each input is fed
 * @param fetches what to fetch for each output
 * @param last the operation that runs after everything else
 * @param origins the node from which each operation, by its name, arose
 * @param light whether no operation is worth a thread of its own
 */
record TensorFlowProgram(
    TensorFlowEngine engine,
    String name,
    ImmutableMap<Expr, Output<?>> placeholders,
    ImmutableMap<String, Output<?>> fetches,
    Operation last,
    ImmutableMap<String, Expr> origins,
    boolean light,
    int nodeCount,
    Duration compileTime)
    implements Program {

  @Override
  public ImmutableList<Expr> inputs() {
    return placeholders.keySet().asList();
  }

  @Override
  public Results run(Feed feed) {
    String operation = "run \"" + name + "\"";
    Session session = engine.session(operation);
    ImmutableMap<Leaf.Input, Array> values = feed.valuesFor(name, inputs());
    try (DeviceCall call = new DeviceCall(operation, session, engine.precision(), light)) {
      placeholders.forEach(
          (input, placeholder) -> call.feed(placeholder, values.get((Leaf.Input) input.op())));
      fetches.values().forEach(call::fetch);
      call.execute(last);
      return results(call.run(origins));
    }
  }

  private Results results(List<Array> values) {
    ImmutableMap.Builder<String, Array> outputs = ImmutableMap.builder();
    Streams.forEachPair(fetches.keySet().stream(), values.stream(), outputs::put);
    return Results.of(outputs.buildOrThrow());
  }

  @Override
  public String toString() {
    return "program \"" + name + "\" (" + nodeCount + " nodes)";
  }
}
