package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * A random program: a few operations after one another, and perhaps first or second derivatives.
 */
final class ExpressionCase {
  private static final long LARGEST = 1 << 14;
  private static final double STEP = 1e-4;
  private static final int MOST_NODES = 400;

  private final long seed;
  private final Chance chance;
  private final Arguments arguments;
  private final Precision precision;
  private final List<String> used = new ArrayList<>();
  private ImmutableList<Expr> results = ImmutableList.of();
  private ImmutableList<Expr> nodes = ImmutableList.of();
  private Optional<Outcome> ended = Optional.empty();

  private ExpressionCase(long seed) {
    this.seed = seed;
    chance = new Chance(seed);
    precision = chance.happens(0.5) ? Precision.FLOAT32 : Precision.FLOAT64;
    arguments = new Arguments(chance);
  }

  /** Writes the program of a seed as far as it gets. */
  static ExpressionCase written(long seed, List<Operation> operations) {
    ExpressionCase each = new ExpressionCase(seed);
    String operation = "shape";
    try {
      each.arguments.begin();
      int count = 1 + each.chance.below(5);
      for (int i = 0; i < count; i++) {
        Operation next = each.chance.pick(operations);
        operation = next.name();
        Expr result = next.apply(each.arguments, each.chance);
        each.used.add(operation);
        each.arguments.text().add("  gives " + result.shape());
        if (result.shape().size() > LARGEST) {
          each.ended = Optional.of(new Outcome(seed, Outcome.Kind.TOO_LARGE, operation, ""));
          return each;
        }
        each.arguments.pool().add(result);
      }
      operation = "gradient";
      each.differentiate();
    } catch (UsageError e) {
      each.ended = Optional.of(each.refused(operation, e));
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      each.ended = Optional.of(Outcome.failed(seed, e, each.text()));
    }
    return each;
  }

  /** Adds derivatives, and finds the nodes of all. */
  private void differentiate() {
    Expr last = Iterables.getLast(arguments.pool());
    List<Expr> all = new ArrayList<>(List.of(last));
    if (!arguments.leaves().isEmpty() && chance.happens(0.5)) {
      Expr leaf = chance.pick(List.copyOf(arguments.leaves().keySet()));
      Expr gradient = weighted(last).gradient(leaf);
      all.add(gradient);
      if (chance.happens(0.5)) {
        all.add(weighted(gradient).gradient(leaf));
      }
      arguments.text().add("with " + (all.size() - 1) + " derivatives by " + leaf);
    }
    results = ImmutableList.copyOf(all);
    nodes = ImmutableList.copyOf(Expr.nodesOf(Derivatives.values(Derivatives.expand(all))));
    if (nodes.stream().anyMatch(node -> node.shape().size() > LARGEST)
        || nodes.size() > MOST_NODES) {
      ended = Optional.of(new Outcome(seed, Outcome.Kind.TOO_LARGE, "derivatives", ""));
    }
  }

  private Expr weighted(Expr value) {
    return value.times(Expr.constant(numbers(1, value.shape()))).sum();
  }

  long seed() {
    return seed;
  }

  Precision precision() {
    return precision;
  }

  Optional<Outcome> ended() {
    return ended;
  }

  Feed feed() {
    return arguments.feed();
  }

  String text() {
    return precision + "\n" + String.join("\n", arguments.text());
  }

  /** The step with this case's results as the user has them, and each node by itself. */
  Step in(Step step) {
    Step all = step;
    for (int i = 0; i < results.size(); i++) {
      all = all.output(name("result", i), results.get(i));
    }
    for (int i = 0; i < nodes.size(); i++) {
      all = all.output(name("node", i), nodes.get(i));
    }
    return all;
  }

  private String name(String kind, int position) {
    return kind + position + "of" + Long.toHexString(seed);
  }

  Outcome refused(String operation, UsageError error) {
    String message = String.valueOf(error.getMessage());
    return message.matches("(?s)[^:\n]+: [^\n]+\\.(\n.*)?") && !message.contains("Exception")
        ? Outcome.refused(seed, operation)
        : Outcome.finding(seed, "message of " + operation, text() + "\n" + message);
  }

  Outcome failed(Throwable failure) {
    return failure instanceof UsageError error
        ? refused("run: " + message(error), error)
        : Outcome.failed(seed, failure, text());
  }

  private static String message(UsageError error) {
    String message = String.valueOf(error.getMessage());
    return message.substring(0, Math.max(0, message.indexOf(':')));
  }

  /** The outcome of values that were computed. */
  Outcome checked(Results computed) {
    LocalCheck check = new LocalCheck(precision);
    Map<Expr, Array> values = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      Expr node = nodes.get(i);
      Array value = computed.get(name("node", i));
      Optional<String> mistake =
          check.mistake(node, node.inputs().stream().map(values::get).toList(), value);
      if (mistake.isPresent()) {
        return wrong(node, values, mistake.get());
      }
      values.put(node, value);
    }
    ImmutableList<Expr> ends = Derivatives.values(Derivatives.expand(results));
    for (int i = 0; i < results.size(); i++) {
      Array value = computed.get(name("result", i));
      if (!value.shape().equals(results.get(i).shape()) || !value.equals(values.get(ends.get(i)))) {
        return Outcome.finding(
            seed, "results differ", text() + "\n" + value + "\nnot\n" + values.get(ends.get(i)));
      }
    }
    return slopes().orElseGet(() -> Outcome.value(seed, Iterables.getLast(used)));
  }

  private Outcome wrong(Expr node, Map<Expr, Array> values, String mistake) {
    StringBuilder inputs = new StringBuilder();
    for (Expr input : node.inputs()) {
      inputs.append("\n  of ").append(input.shape());
      inputs.append(Arrays.toString(values.get(input).toDoubles()));
    }
    return Outcome.finding(
        seed,
        "value of " + node.op().getClass().getSimpleName() + " " + node.op().label(),
        text() + "\n" + node + " " + mistake + inputs);
  }

  /**
   * Derivatives against differences, where the program is smooth along a direction. Cholesky's are
   * those of the symmetric part alone.
   */
  private Optional<Outcome> slopes() {
    boolean isPlain =
        arguments.isModerate()
            && nodes.stream()
                .noneMatch(node -> node.op() instanceof Random || node.op() instanceof Cholesky)
            && !containsStops();
    for (int i = 1; isPlain && i < results.size(); i++) {
      Expr leaf = results.get(i).input(1);
      Array start = arguments.leaves().get(leaf);
      Array direction = numbers(2, start.shape());
      Expr function = results.get(i).input(0);
      Array gradient = at(leaf, start).evaluate(results.get(i));
      double slope = 0;
      for (int j = 0; j < gradient.size(); j++) {
        slope += gradient.at(j) * direction.at(j);
      }
      DoubleUnaryOperator along =
          step ->
              at(leaf, Array.fill(start.shape(), j -> start.at(j) + step * direction.at(j)))
                  .evaluate(function)
                  .scalarValue();
      double coarse = slope(along, STEP);
      double finest = slope(along, STEP / 2);
      double scale = 1 + Math.abs(finest) + Math.abs(slope);
      // At a kink the bend does not shrink with the step.
      boolean isSmooth =
          Math.abs(coarse - finest) < 1e-5 * scale
              && bend(along, STEP / 2) < 0.7 * bend(along, STEP) + 1e-7 * scale;
      if (Double.isFinite(slope) && isSmooth && Math.abs(slope - finest) > 1e-3 * scale) {
        return Optional.of(
            Outcome.finding(
                seed,
                "derivative of order " + i + " after " + Iterables.getLast(used),
                text() + "\nis %s, differences give %s".formatted(slope, finest)));
      }
    }
    return Optional.empty();
  }

  /** Whether derivatives are not those of the value, on purpose. */
  private boolean containsStops() {
    for (Expr node : Expr.nodesOf(results)) {
      if (node.op() instanceof Detach || node.op() instanceof CustomGradient) {
        return true;
      }
    }
    return false;
  }

  private Interpreter at(Expr leaf, Array value) {
    Map<Expr, Array> values = new HashMap<>(arguments.leaves());
    values.put(leaf, value);
    return Interpreter.at(values);
  }

  private static double slope(DoubleUnaryOperator along, double step) {
    return (along.applyAsDouble(step) - along.applyAsDouble(-step)) / (2 * step);
  }

  /** By how much the slopes on both sides differ. */
  private static double bend(DoubleUnaryOperator along, double step) {
    double middle = along.applyAsDouble(0);
    return Math.abs(along.applyAsDouble(step) - 2 * middle + along.applyAsDouble(-step)) / step;
  }

  /** Moderate numbers that depend on the case's seed alone. */
  private Array numbers(int salt, Shape shape) {
    Chance numbers = new Chance(seed + salt);
    return Array.fill(shape, i -> numbers.moderate());
  }
}
