package io.github.bilevel4j.evaluation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** A function of arrays, compiled once and kept until it is closed. */
public final class HostFunction implements AutoCloseable {
  private final Engine engine;
  private final ImmutableList<Expr> arguments;
  private final Program program;

  private HostFunction(Engine engine, ImmutableList<Expr> arguments, Program program) {
    this.engine = engine;
    this.arguments = arguments;
    this.program = program;
  }

  /** The function of arguments of the given shapes whose results a body writes, by name. */
  public static HostFunction of(
      Precision precision, List<Shape> shapes, Function<List<Expr>, Map<String, Expr>> body) {
    ImmutableList<Expr> arguments =
        shapes.stream()
            .map(shape -> Expr.input("argument", shape.toArray()))
            .collect(ImmutableList.toImmutableList());
    Step step = Step.named("function").outputs(body.apply(arguments));
    Engine engine = Evaluation.open(precision);
    return new HostFunction(engine, arguments, engine.compile(step));
  }

  /** The results at some arguments, by name. */
  public ImmutableMap<String, Array> at(List<Array> values) {
    Feed feed = Feed.none();
    for (int i = 0; i < arguments.size(); i++) {
      feed = feed.and(arguments.get(i), values.get(i));
    }
    return program.run(feed.limitedTo(program)).all();
  }

  /** As {@link #at(List)}. */
  public ImmutableMap<String, Array> at(Array... values) {
    return at(List.of(values));
  }

  /** Releases the compiled program. */
  @Override
  public void close() {
    engine.close();
  }
}
