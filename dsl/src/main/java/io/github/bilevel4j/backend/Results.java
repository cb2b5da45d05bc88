package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import java.util.Map;

/** The outputs of one run of a step, by name. */
public final class Results {
  private final ImmutableMap<String, Array> outputs;

  private Results(ImmutableMap<String, Array> outputs) {
    this.outputs = outputs;
  }

  /** The results with the given values. */
  public static Results of(Map<String, Array> outputs) {
    return new Results(ImmutableMap.copyOf(outputs));
  }

  /** All outputs in the step's order. */
  public ImmutableMap<String, Array> all() {
    return outputs;
  }

  /**
   * The value of an output.
   *
   * @throws IllegalArgumentException if there is none of this name, listing those that exist
   */
  public Array get(String output) {
    Array value = outputs.get(output);
    if (value == null) {
      throw UsageError.in("results")
          .because("there is no output named \"%s\"", output)
          .row("outputs", outputs.isEmpty() ? "none" : String.join(", ", outputs.keySet()))
          .maybe("one of these was meant, or the step lacks an output(...).");
    }
    return value;
  }

  /**
   * The value of an output that is a scalar.
   *
   * @throws IllegalArgumentException if there is none of this name, or it has several elements
   */
  public double scalar(String output) {
    Array value = get(output);
    if (value.size() != 1) {
      throw UsageError.in("results")
          .because("the output \"%s\" is not a scalar", output)
          .row("shape", value.shape().toString())
          .maybe("get(\"%s\") was meant.", output);
    }
    return value.scalarValue();
  }

  @Override
  public String toString() {
    return outputs.toString();
  }
}
