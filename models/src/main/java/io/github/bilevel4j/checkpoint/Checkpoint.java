package io.github.bilevel4j.checkpoint;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.weights.ArraySource;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SealedTensors;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * The values of variables at one moment, with notes, in a file in the engine's precision: a
 * safetensors file with a checksum ({@link SealedTensors}). A solver that is compiled from the same
 * problem and restored from it makes the same steps, to the bit, as long as it is fed the same.
 *
 * <pre>{@code
 * Checkpoint.save(file, solver, engine);
 * ...
 * Checkpoint.restore(file, solver, engine);   // in another process, perhaps
 * }</pre>
 *
 * @param arrays the values by key
 * @param precision of the engine
 * @param notes whatever else is to be kept
 */
public record Checkpoint(
    ArraySource arrays, Precision precision, ImmutableMap<String, String> notes) {
  private static final String FORMAT = "bilevel4j.checkpoint";
  private static final String FORMAT_NUMBER = "1";
  private static final String PRECISION = "bilevel4j.precision";
  private static final int SHOWN = 5;

  /** The present values, copied from the device. */
  public static Checkpoint of(Variables state, Engine engine, Map<String, String> notes) {
    return new Checkpoint(
        ArraySource.of(engine.read(state)), engine.precision(), ImmutableMap.copyOf(notes));
  }

  /**
   * Writes the state of a solver.
   *
   * @throws WriteException if it cannot be written; what the file held is still there then
   */
  public static void save(Path file, Solver solver, Engine engine) {
    write(file, solver.state(), engine, ImmutableMap.of());
  }

  /**
   * Writes the present values from the device, one variable after another, so that the host holds
   * no copy of all.
   *
   * @throws WriteException if it cannot be written; what the file held is still there then
   */
  public static void write(Path file, Variables state, Engine engine, Map<String, String> notes) {
    new Checkpoint(ArraySource.of(state, engine), engine.precision(), ImmutableMap.copyOf(notes))
        .write(file);
  }

  /**
   * Puts a solver where it was.
   *
   * @throws UsageError as {@link #read} and {@link #restore(Variables, Engine)}; no variable has
   *     changed then
   */
  public static void restore(Path file, Solver solver, Engine engine) {
    read(file).restore(solver.state(), engine);
  }

  /**
   * Writes the file, which appears whole or not at all.
   *
   * @throws WriteException if it cannot be written; what it held is still there then
   */
  public void write(Path file) {
    ImmutableMap<String, String> texts =
        ImmutableMap.<String, String>builder()
            .put(FORMAT, FORMAT_NUMBER)
            .put(PRECISION, precision.name())
            .putAll(notes)
            .buildOrThrow();
    new SealedTensors(arrays, texts).write(file, ElementType.of(precision));
  }

  /**
   * Opens a file, which is to stay until variables are restored from it.
   *
   * @throws UsageError if it is missing, damaged or no checkpoint
   */
  public static Checkpoint read(Path file) {
    SealedTensors content = SealedTensors.read(file);
    String format = content.texts().get(FORMAT);
    if (!FORMAT_NUMBER.equals(format)) {
      throw UsageError.in("read checkpoint")
          .because("the file %s is of another format", file)
          .value("format there", format == null ? "none" : format)
          .value("format here", FORMAT_NUMBER)
          .maybe("the version of bilevel4j that wrote it reads it.");
    }
    return new Checkpoint(
        content.arrays(), Precision.valueOf(content.texts().get(PRECISION)), content.texts());
  }

  /**
   * Sets variables to these values, one after another.
   *
   * @throws UsageError if there are others, or of other shapes, or another precision; no variable
   *     has changed then
   */
  public void restore(Variables state, Engine engine) {
    if (engine.precision() != precision) {
      throw UsageError.in("restore checkpoint")
          .because("it was computed in %s, not in %s", precision, engine.precision())
          .maybe("the engine should be opened in %s.", precision);
    }
    requireSame(state);
    state.leaves().forEach((name, variable) -> engine.write(variable, arrays.array(name)));
  }

  private void requireSame(Variables state) {
    Map<String, Expr> here = state.leaves();
    var different =
        Sets.union(arrays.shapes().keySet(), here.keySet()).stream()
            .filter(name -> !Objects.equals(there(name), here(here, name)))
            .toList();
    if (different.isEmpty()) {
      return;
    }
    UsageError.Message mistake =
        UsageError.in("restore checkpoint")
            .because("it is of another problem: %d variables differ", different.size())
            .row("variable", "checkpoint", "here");
    for (String name : different.subList(0, Math.min(SHOWN, different.size()))) {
      mistake = mistake.row(name, there(name), here(here, name));
    }
    throw mistake.maybe("method, encoder, settings and program should be those that it is of.");
  }

  private String there(String name) {
    Shape shape = arrays.shapes().get(name);
    return shape == null ? "none" : shape.toString();
  }

  private static String here(Map<String, Expr> leaves, String name) {
    return leaves.containsKey(name) ? leaves.get(name).shape().toString() : "none";
  }
}
