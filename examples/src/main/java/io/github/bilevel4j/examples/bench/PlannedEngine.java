package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.DeviceInfo;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** One of so many replicas that are not there: notes what is compiled, and runs nothing. */
final class PlannedEngine implements Engine {
  private final int replicas;
  private final Precision precision;
  private final Set<Step> steps = new LinkedHashSet<>();

  PlannedEngine(int replicas, Precision precision) {
    this.replicas = replicas;
    this.precision = precision;
  }

  /** What was compiled. */
  ImmutableSet<Step> steps() {
    return ImmutableSet.copyOf(steps);
  }

  /** The bytes of all variables of what was compiled. */
  double variableBytes() {
    return precision().bytes()
        * steps.stream()
            .flatMap(
                step ->
                    Streams.stream(
                        Iterables.concat(
                            Iterables.filter(Expr.nodesOf(step.expressions()), Expr::isVariable),
                            Iterables.transform(step.updates(), Update::variable))))
            .distinct()
            .mapToDouble(variable -> variable.shape().size())
            .sum();
  }

  @Override
  public Program compile(Step step) {
    steps.add(step);
    return new Planned(step.name());
  }

  private record Planned(String name) implements Program {
    @Override
    public ImmutableList<Expr> inputs() {
      return ImmutableList.of();
    }

    @Override
    public Results run(Feed feed) {
      throw new UnsupportedOperationException(name + " is planned");
    }

    @Override
    public int nodeCount() {
      return 0;
    }

    @Override
    public Duration compileTime() {
      return Duration.ZERO;
    }

    @Override
    public void close() {}
  }

  @Override
  public ImmutableMap<Expr, Array> read(Iterable<Expr> variables) {
    throw new UnsupportedOperationException("planned variables have no values");
  }

  @Override
  public void write(Map<Expr, Array> values) {
    throw new UnsupportedOperationException("planned variables have no values");
  }

  @Override
  public int replicas() {
    return replicas;
  }

  @Override
  public DeviceInfo device() {
    return new DeviceInfo(Device.cpu(), "planned", 0);
  }

  @Override
  public Precision precision() {
    return precision;
  }

  @Override
  public void close() {}
}
