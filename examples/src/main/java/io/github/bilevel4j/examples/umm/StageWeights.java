package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A positive weight of each stage, {@code exp(a)} of a variable a.
 *
 * @param logs the variables, one for each stage that has parameters
 * @param parameters the keys of each of these stages' parameters
 */
public record StageWeights(Variables logs, ImmutableMap<String, ImmutableSet<String>> parameters) {

  /**
   * Weights that begin alike.
   *
   * @param name of what they weigh, with which the variables' names begin
   */
  public static StageWeights of(String name, Encoder stages, double start) {
    Map<String, ImmutableSet<String>> parameters = new LinkedHashMap<>();
    List<Expr> logs = new ArrayList<>();
    Set<String> earlier = new HashSet<>();
    for (String stage : stages.stages()) {
      ImmutableSet<String> own =
          Sets.difference(stages.early(stage).parameters().names(), earlier).immutableCopy();
      if (!own.isEmpty()) {
        String key = name + " " + stage;
        parameters.put(key, own);
        logs.add(Expr.variable(key, Array.scalar(Math.log(start))));
        earlier.addAll(own);
      }
    }
    return new StageWeights(Variables.of(logs), ImmutableMap.copyOf(parameters));
  }

  /** {@code sum over stages of exp(a_s)/2 ||v_s||^2}. */
  public Expr penalty(Vector v) {
    return parameters.entrySet().stream()
        .map(
            stage ->
                logs.get(stage.getKey())
                    .exp()
                    .times(0.5)
                    .times(
                        stage.getValue().stream()
                            .map(key -> v.get(key).squared().sum())
                            .reduce(Expr::plus)
                            .orElseThrow()))
        .reduce(Expr::plus)
        .orElseThrow();
  }

  /** The weights by name. */
  ImmutableMap<String, Expr> values() {
    ImmutableMap.Builder<String, Expr> values = ImmutableMap.builder();
    logs.leaves().forEach((name, log) -> values.put(name, log.exp()));
    return values.buildOrThrow();
  }
}
