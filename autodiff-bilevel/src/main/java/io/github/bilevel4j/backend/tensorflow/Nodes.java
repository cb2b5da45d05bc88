package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.CharMatcher;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Operation;
import org.tensorflow.Output;

/** Adds operations to the engine's graph under unique names that a profile can show. */
final class Nodes {
  private static final CharMatcher NAME =
      CharMatcher.inRange('a', 'z')
          .or(CharMatcher.inRange('A', 'Z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("._-/"));
  private static final CharMatcher FIRST = NAME.and(CharMatcher.anyOf("_-/").negate());

  private final Graph graph;
  private final String device;
  private final Map<String, Integer> used = new HashMap<>();
  private int count;

  Nodes(Graph graph, String device) {
    this.graph = graph;
    this.device = device;
  }

  /** Number of operations added so far. */
  int count() {
    return count;
  }

  /** A name that TensorFlow accepts and that was not given out before. */
  String unique(String wanted) {
    String clean = NAME.negate().collapseFrom(wanted, '_');
    if (clean.isEmpty() || !FIRST.matches(clean.charAt(0))) {
      clean = "n" + clean;
    }
    Integer previous = used.merge(clean, 1, Integer::sum);
    return previous == 1 ? clean : unique(clean + "_" + (previous - 1));
  }

  /** Adds an operation; the name must be from {@link #unique}. */
  GraphOperation add(
      String type,
      String name,
      Consumer<GraphOperationBuilder> attributes,
      List<? extends Output<?>> inputs) {
    return add(
        type,
        name,
        builder -> {
          inputs.forEach(builder::addInput);
          attributes.accept(builder);
        });
  }

  /** Adds an operation whose inputs the caller sets. */
  GraphOperation add(String type, String name, Consumer<GraphOperationBuilder> contents) {
    GraphOperationBuilder builder = graph.opBuilder(type, name, graph.baseScope());
    contents.accept(builder);
    if (!device.isEmpty()) {
      builder.setDevice(device);
    }
    count++;
    return builder.build();
  }

  /** Adds an operation that does nothing but run after others. */
  GraphOperation after(String name, Iterable<? extends Operation> operations) {
    return add("NoOp", name, builder -> operations.forEach(builder::addControlInput));
  }
}
