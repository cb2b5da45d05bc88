package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;

/**
 * A step in the engine's graph.
 *
 * @param placeholders where each input is fed
 * @param fetches what to fetch for each output
 * @param last the operation that runs after everything else
 * @param origins the node from which each operation, by its name, arose
 */
record TensorFlowProgram(
    TensorFlowEngine engine,
    String name,
    ImmutableMap<Expr, Output<?>> placeholders,
    ImmutableMap<String, Output<?>> fetches,
    Operation last,
    ImmutableMap<String, Expr> origins,
    int nodeCount,
    Duration compileTime)
    implements Program {

  @Override
  public ImmutableList<Expr> inputs() {
    return placeholders.keySet().asList();
  }

  @Override
  public Results run(Feed feed) {
    Session session = engine.session("run \"" + name + "\"");
    ImmutableMap<Leaf.Input, Array> values = feed.valuesFor(name, inputs());
    Session.Runner runner = session.runner().addTarget(last);
    List<Tensor> tensors = new ArrayList<>();
    try {
      placeholders.forEach(
          (input, placeholder) -> {
            Tensor tensor = Tensors.of(values.get(input.op()), engine.precision());
            tensors.add(tensor);
            runner.feed(placeholder, tensor);
          });
      fetches.values().forEach(runner::fetch);
      try (Result result = run(runner)) {
        return results(result);
      }
    } finally {
      tensors.forEach(Tensor::close);
    }
  }

  // TensorFlow's exceptions have no common class but this one.
  private Result run(Session.Runner runner) {
    try {
      return runner.run();
    } catch (RuntimeException failure) {
      throw RunFailure.of(name, origins, failure);
    }
  }

  private Results results(Result result) {
    Map<String, Array> outputs = new LinkedHashMap<>();
    int position = 0;
    for (String output : fetches.keySet()) {
      outputs.put(output, Tensors.array(result.get(position)));
      position++;
    }
    return Results.of(outputs);
  }

  @Override
  public String toString() {
    return "program \"" + name + "\" (" + nodeCount + " nodes)";
  }
}
