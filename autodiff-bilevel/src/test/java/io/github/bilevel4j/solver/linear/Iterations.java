package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Some iterations of a method, compiled once, on systems of one dimension that are written into
 * variables. The vectors have two components, one of them a matrix.
 */
final class Iterations {
  private static final String MEASURED = "measured ";
  private static final String TRUE = "true ";

  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final int count;
  private final Expr matrix;
  private final Expr right;
  private final Expr guess;
  private final Program program;

  /** What came of a run: the solution, and of each iteration what was measured. */
  @SuppressWarnings("ArrayRecordComponent")
  record Outcome(double[] solution, List<ImmutableMap<String, Double>> measured) {

    /** The norms of the residuals, measured, and computed anew from the solution. */
    List<Double> residuals(boolean anew) {
      return measured.stream()
          .map(m -> m.get(anew ? TRUE : Iterate.SQUARED_RESIDUAL))
          .map(Math::sqrt)
          .toList();
    }

    double last(String name) {
      return measured.get(measured.size() - 1).get(name);
    }
  }

  Iterations(LinearSolver method, int count, int size) {
    this(method, count, size, 0, Optional.empty());
  }

  Iterations(
      LinearSolver method,
      int count,
      int size,
      double damping,
      Optional<Preconditioner> preconditioner) {
    this.count = count;
    matrix = Expr.variable("A", Shape.of(size, size), Initializer.zeros());
    right = Expr.variable("b", Shape.of(size), Initializer.zeros());
    guess = Expr.variable("guess", Shape.of(size), Initializer.zeros());
    Vector b = vector(right);
    LinearOperator operator =
        LinearOperator.of(v -> product(v, false), v -> product(v, true)).plus(damping);
    LinearSystem system =
        new LinearSystem(
            operator,
            b,
            Optional.of(vector(guess)),
            preconditioner.map(p -> p.of(operator, b)).orElse(r -> r));

    Step step = Step.named("iterations");
    Iterate now = method.start(system);
    step = measuring(step, 0, system, now);
    for (int k = 1; k <= count; k++) {
      now = method.next(system, now);
      step = measuring(step, k, system, now);
    }
    program = engine.compile(step.output("solution", method.solution(system, now).flattened()));
  }

  private static Step measuring(Step step, int k, LinearSystem system, Iterate now) {
    Step measuring = step;
    for (var measurement : now.measured().entrySet()) {
      measuring = measuring.output(k + MEASURED + measurement.getKey(), measurement.getValue());
    }
    if (now.vectors().containsKey(Iterate.SOLUTION)) {
      Expr residual = system.right().minus(system.times(now.solution())).squaredNorm();
      measuring = measuring.output(k + MEASURED + TRUE, residual);
    }
    return measuring;
  }

  private static Vector vector(Expr flat) {
    int size = flat.shape().dim(0);
    return Vector.of(
        ImmutableMap.of(
            "weights", flat.slice(0, 0, 4).reshape(2, 2), "bias", flat.slice(0, 4, size)));
  }

  private Vector product(Vector v, boolean transposed) {
    Expr column = v.flattened().unsqueezed(-1);
    Expr image = transposed ? matrix.transposedMatmul(column) : matrix.matmul(column);
    return v.unflattened(image.reshape(-1));
  }

  Outcome on(TestSystem system) {
    return on(system, new double[system.size()]);
  }

  Outcome on(TestSystem system, double[] start) {
    engine.write(
        ImmutableMap.of(
            matrix, system.matrixArray(),
            right, TestSystem.array(system.right()),
            guess, TestSystem.array(start)));
    Results results = program.run();
    List<ImmutableMap<String, Double>> measured = new ArrayList<>();
    for (int k = 0; k <= count; k++) {
      String prefix = k + MEASURED;
      ImmutableMap.Builder<String, Double> of = ImmutableMap.builder();
      results
          .all()
          .forEach(
              (name, value) -> {
                if (name.startsWith(prefix)) {
                  of.put(name.substring(prefix.length()), value.scalarValue());
                }
              });
      measured.add(of.buildOrThrow());
    }
    return new Outcome(results.get("solution").toDoubles(), measured);
  }
}
