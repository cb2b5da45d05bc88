package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.proto.RunOptions;
import org.tensorflow.proto.StepStats;

/** One run of the session: what is fed, fetched and executed. Closing it frees what was fed. */
final class DeviceCall implements AutoCloseable {
  private static final int ON_THIS_THREAD = -1;

  private final String operation;
  private final Precision precision;
  private final Session.Runner runner;
  private final RunOptions.Builder options = RunOptions.newBuilder();
  private final List<Tensor> fed = new ArrayList<>();
  private final List<Consumer<StepStats>> listeners = new ArrayList<>();
  private int fetched;

  /**
   * A call, named for messages.
   *
   * @param light whether operations are to follow one another on the caller's thread: handing them
   *     to others would take longer than they do
   */
  DeviceCall(String operation, Session session, Precision precision, boolean light) {
    this.operation = operation;
    this.precision = precision;
    this.runner = session.runner();
    if (light) {
      options.setInterOpThreadPool(ON_THIS_THREAD);
    }
  }

  void feed(Output<?> placeholder, Array value) {
    Tensor tensor =
        switch (placeholder.dataType()) {
          case DT_UINT8 -> Tensors.ofSamples(value.samples().orElseThrow(), value.shape());
          case DT_DOUBLE -> Tensors.of(value, Precision.FLOAT64);
          default -> Tensors.of(value, precision);
        };
    fed.add(tensor);
    runner.feed(placeholder, tensor);
  }

  void fetch(Output<?> value) {
    runner.fetch(value);
    fetched++;
  }

  void execute(Operation target) {
    runner.addTarget(target);
  }

  /** Hands what TensorFlow notes of each kernel to someone after the run. */
  void trace(Consumer<StepStats> listener) {
    options.setTraceLevel(RunOptions.TraceLevel.FULL_TRACE);
    listeners.add(listener);
  }

  /**
   * Runs, and gives the fetched values in order.
   *
   * @param origins the node from which each operation, by its name, arose
   */
  ImmutableList<Array> run(Map<String, Expr> origins) {
    ImmutableList.Builder<Array> values = ImmutableList.builder();
    try (Result result = result(origins)) {
      for (int i = 0; i < fetched; i++) {
        values.add(Tensors.array(result.get(i)));
      }
      result
          .getMetadata()
          .ifPresent(noted -> listeners.forEach(told -> told.accept(noted.getStepStats())));
    }
    return values.build();
  }

  // TensorFlow's exceptions have no narrower class in common.
  private Result result(Map<String, Expr> origins) {
    try {
      runner.setOptions(options.build());
      return listeners.isEmpty() ? runner.run() : runner.runAndFetchMetadata();
    } catch (RuntimeException failure) {
      throw RunFailure.of(operation, origins, failure);
    }
  }

  @Override
  public void close() {
    fed.forEach(Tensor::close);
  }
}
