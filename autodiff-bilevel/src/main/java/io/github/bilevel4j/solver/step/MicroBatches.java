package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.ForwardingEngine;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Shape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * An engine that gets each batch in m micro-batches of equal size, {@link Feed#microBatches}, so
 * that the device holds one of them at a time and nothing of it is kept:
 *
 * <pre>{@code
 * BilevelSolver solver = BilevelSolver.of(problem, MicroBatches.on(engine));
 * solver.step(Feed.microBatches(List.of(first, second)));
 * }</pre>
 *
 * <p>Everything that was declared a mean over the samples, {@link Engine#batchMean(Vector,
 * UnaryOperator)}, from gradients to products with second derivatives, is accumulated, {@code 1/m
 * sum_j f(batch_j)}; the rest of a step is computed once, from these means. The result is that of
 * the whole batch, up to rounding, if each objective is the mean over its batch of a function of
 * the single sample, plus what depends on no sample. A contrastive loss or batch normalization, in
 * which samples see each other, is computed within each micro-batch.
 *
 * <p>In time, every product goes through all micro-batches from the primal pass on; with one
 * micro-batch the engine itself is faster.
 */
public final class MicroBatches extends ForwardingEngine {
  private static final String NAME = "micro-batches";

  private final Engine engine;
  private final Expr count;
  private final Map<Expr, Mean> holders = new HashMap<>();
  private final List<Mean> means = new ArrayList<>();
  private final Map<Vector, Variables> sums = new HashMap<>();
  private final Map<List<Shape>, Variables> directions = new HashMap<>();
  private final Map<Step, Program> programs = new HashMap<>();

  private MicroBatches(Engine engine) {
    super(engine);
    this.engine = engine;
    count = Expr.variable(NAME + "/count", Shape.scalar(), Initializer.zeros());
  }

  /** On an engine, whose variables it shares. The inputs of a problem have a micro-batch's size. */
  public static Engine on(Engine engine) {
    return new MicroBatches(engine);
  }

  /**
   * A mean over micro-batches.
   *
   * @param argument the point or direction at which the function is taken
   * @param direction the variables that hold the argument meanwhile
   * @param value of the function for one micro-batch, in terms of these variables
   * @param sum over the micro-batches so far
   * @param result the variables that stand for the mean
   */
  private record Mean(
      Vector argument, Variables direction, Vector value, Variables sum, Variables result) {
    boolean hasArgument() {
      return !argument.components().isEmpty();
    }
  }

  @Override
  public Vector batchMean(Vector argument, UnaryOperator<Vector> function) {
    return exclusively("batch mean", () -> mean(argument, function));
  }

  private Vector mean(Vector argument, UnaryOperator<Vector> function) {
    Variables direction =
        directions.computeIfAbsent(
            argument.components().values().stream().map(Expr::shape).toList(),
            shapes -> numbered("direction " + directions.size(), argument));
    Vector value = function.apply(named(argument, direction));
    if (inputs(value.components().values()).isEmpty()) {
      return function.apply(argument);
    }
    for (Mean mean : means) {
      if (mean.value().equals(value) && mean.argument().equals(argument)) {
        return named(value, mean.result());
      }
    }
    Variables sum = sums.computeIfAbsent(value, v -> numbered("sum " + sums.size(), v));
    Mean mean = new Mean(argument, direction, value, sum, numbered("mean " + means.size(), value));
    means.add(mean);
    mean.result().leaves().values().forEach(leaf -> holders.put(leaf, mean));
    return named(value, mean.result());
  }

  @Override
  public Optional<Vector> argumentOfMean(Expr variable) {
    return Optional.ofNullable(holders.get(variable)).map(Mean::argument);
  }

  @Override
  public Optional<Vector> valueOfMean(Expr variable) {
    return Optional.ofNullable(holders.get(variable)).map(Mean::value);
  }

  /** Variables of a vector's shapes, one for each component in order. */
  private static Variables numbered(String name, Vector like) {
    return Variables.zerosLike(NAME + "/" + name, numbered(like));
  }

  /** The values of {@link #numbered} variables under the names of a vector's components. */
  private static Vector named(Vector names, Variables numbered) {
    int[] number = {0};
    return names.map(component -> numbered.get(String.valueOf(number[0]++)));
  }

  private static Vector numbered(Vector values) {
    ImmutableMap.Builder<String, Expr> numbered = ImmutableMap.builder();
    int number = 0;
    for (Expr component : values.components().values()) {
      numbered.put(String.valueOf(number++), component);
    }
    return Vector.of(numbered.buildOrThrow());
  }

  private static List<Expr> inputs(Iterable<Expr> expressions) {
    return ImmutableList.copyOf(
        Iterables.filter(Expr.nodesOf(expressions), node -> node.op() instanceof Leaf.Input));
  }

  /**
   * {@inheritDoc}
   *
   * @throws UsageError also if a value is computed from the batch and was not declared to be a mean
   */
  @Override
  public Program compile(Step step) {
    return exclusively("compile \"" + step.name() + "\"", () -> compiled(step));
  }

  private Program compiled(Step step) {
    Program known = programs.get(step);
    if (known == null) {
      known = accumulating(step);
      programs.put(step, known);
    }
    return known;
  }

  private Program accumulating(Step step) {
    for (Expr input : inputs(step.expressions())) {
      throw UsageError.in("accumulate \"" + step.name() + "\"")
          .because("a value computed from the batch is not a mean over its samples")
          .row("input", input.label(), input.shape().toString())
          .maybe(
              "an estimator that does not follow the inner steps was meant, such as"
                  + " Implicit.by(...), or engine.batchMean(...) for a value that is a mean.");
    }
    Set<Mean> needed = new LinkedHashSet<>();
    collect(step.expressions(), needed);
    List<Mean> plain = needed.stream().filter(mean -> !mean.hasArgument()).toList();
    List<Pass> passes = new ArrayList<>();
    if (!plain.isEmpty()) {
      passes.add(new Pass(plain));
    }
    needed.stream().filter(Mean::hasArgument).forEach(mean -> passes.add(new Pass(List.of(mean))));
    return new Accumulated(step, passes);
  }

  /** Adds the means that expressions read, each after those that its argument reads. */
  private void collect(Iterable<Expr> expressions, Set<Mean> needed) {
    for (Expr node : Expr.nodesOf(expressions)) {
      Mean mean = holders.get(node);
      if (mean != null && !needed.contains(mean)) {
        collect(mean.argument().components().values(), needed);
        needed.add(mean);
      }
    }
  }

  /** One way through all micro-batches, after which variables hold some means. */
  private final class Pass {
    private final Program begin;
    private final Program add;
    private final Program end;

    Pass(List<Mean> means) {
      String name = means.get(0).result().leaves().values().iterator().next().name();
      Step beginning = Step.named(name + "/begin").updating(count, Expr.constant(0));
      Step adding = Step.named(NAME + "/add").updating(count, count.plus(1));
      Step ending = Step.named(name + "/end");
      for (Mean mean : means) {
        Vector sum = mean.sum().vector();
        beginning =
            beginning
                .updating(Update.of(mean.direction(), numbered(mean.argument())))
                .updating(Update.of(mean.sum(), sum.zeros()));
        adding = adding.updating(Update.of(mean.sum(), sum.plus(numbered(mean.value()))));
        ending = ending.updating(Update.of(mean.result(), sum.times(count.reciprocal())));
      }
      begin = engine.compile(beginning);
      add = engine.compile(adding);
      end = engine.compile(ending);
    }

    void run(List<Feed> microBatches) {
      begin.run();
      for (Feed feed : microBatches) {
        add.run(feed.limitedTo(add));
      }
      end.run();
    }

    Stream<Program> programs() {
      return Stream.of(begin, add, end);
    }
  }

  /** A step whose means are accumulated before it is made. */
  private final class Accumulated implements Program {
    private final Step step;
    private final ImmutableList<Pass> passes;
    private final Program last;

    Accumulated(Step step, List<Pass> passes) {
      this.step = step;
      this.passes = ImmutableList.copyOf(passes);
      this.last = engine.compile(step);
    }

    @Override
    public String name() {
      return step.name();
    }

    @Override
    public ImmutableList<Expr> inputs() {
      return programs()
          .flatMap(program -> program.inputs().stream())
          .distinct()
          .collect(ImmutableList.toImmutableList());
    }

    @Override
    public Results run(Feed feed) {
      return exclusively(
          "run \"" + name() + "\"",
          () -> {
            passes.forEach(pass -> pass.run(feed.parts()));
            return last.run();
          });
    }

    private Stream<Program> programs() {
      return Stream.concat(passes.stream().flatMap(Pass::programs), Stream.of(last));
    }

    @Override
    public int nodeCount() {
      return programs().mapToInt(Program::nodeCount).sum();
    }

    @Override
    public Duration compileTime() {
      return programs().map(Program::compileTime).reduce(Duration.ZERO, Duration::plus);
    }

    /** What is accumulated stays: other steps may read the same means. */
    @Override
    public void close() {
      exclusively(
          "close \"" + name() + "\"",
          () -> {
            programs.remove(step);
            last.close();
            return step;
          });
    }
  }
}
