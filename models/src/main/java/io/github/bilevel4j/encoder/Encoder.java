package io.github.bilevel4j.encoder;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A network cut into named stages, {@code last(s) after early(s) = whole} for every stage s. Parts
 * share the variables of the whole, under the same keys.
 */
public final class Encoder implements Layer {
  private final ImmutableMap<String, Layer> stages;
  private final Layer whole;

  private Encoder(Map<String, Layer> stages) {
    this.stages = ImmutableMap.copyOf(stages);
    this.whole = stages.values().stream().reduce(Layer::then).orElseThrow();
  }

  /**
   * The stages one after another.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Encoder of(Map<String, ? extends Layer> stages) {
    if (stages.isEmpty()) {
      throw UsageError.in("encoder").because("there are no stages").maybe("a map is empty.");
    }
    return new Encoder(ImmutableMap.copyOf(stages));
  }

  /** The names of the stages in order. */
  public ImmutableList<String> stages() {
    return stages.keySet().asList();
  }

  /**
   * The output of a stage.
   *
   * @throws IllegalArgumentException if there is no such stage, listing those that exist
   */
  public Expr features(String stage, Expr images, Pass pass) {
    return early(stage).apply(images, pass);
  }

  /**
   * The stages up to the given one and including it.
   *
   * @throws IllegalArgumentException if there is no such stage, listing those that exist
   */
  public Encoder early(String stage) {
    return part(0, position(stage) + 1);
  }

  /**
   * The stages after the given one.
   *
   * @throws IllegalArgumentException if there is no such stage, listing those that exist, or if it
   *     is the last one
   */
  public Encoder last(String stage) {
    int from = position(stage) + 1;
    if (from == stages.size()) {
      throw UsageError.in("encoder")
          .because("no stage comes after \"%s\"", stage)
          .row("stages", String.join(", ", stages.keySet()))
          .maybe("an earlier stage was meant.");
    }
    return part(from, stages.size());
  }

  /**
   * With one more stage at the end.
   *
   * @throws IllegalArgumentException if there is a stage of this name
   */
  public Encoder then(String stage, Layer layer) {
    if (stages.containsKey(stage)) {
      throw UsageError.in("encoder")
          .because("there are two stages \"%s\"", stage)
          .row("stages", String.join(", ", stages.keySet()))
          .maybe("another name was meant.");
    }
    return new Encoder(
        ImmutableMap.<String, Layer>builder().putAll(stages).put(stage, layer).buildOrThrow());
  }

  @Override
  public Variables parameters() {
    return whole.parameters();
  }

  @Override
  public Variables state() {
    return whole.state();
  }

  @Override
  public Vector vector() {
    return whole.vector();
  }

  @Override
  public Expr apply(Vector values, Expr images, Pass pass) {
    return whole.apply(values, images, pass);
  }

  @Override
  public Encoder with(Vector values) {
    // First as a whole, so that a message tells of all parameters that have no value.
    Vector used = whole.with(values).vector();
    Map<String, Layer> rebound = new LinkedHashMap<>();
    stages.forEach((name, stage) -> rebound.put(name, stage.with(used)));
    return new Encoder(rebound);
  }

  private Encoder part(int from, int to) {
    ImmutableSet<String> kept = ImmutableSet.copyOf(stages().subList(from, to));
    Map<String, Layer> part = new LinkedHashMap<>(stages);
    part.keySet().retainAll(kept);
    return new Encoder(part);
  }

  private int position(String stage) {
    int position = stages().indexOf(stage);
    if (position < 0) {
      throw UsageError.in("encoder")
          .because("there is no stage \"%s\"", stage)
          .row("stages", String.join(", ", stages.keySet()))
          .maybe("one of these was meant.");
    }
    return position;
  }
}
