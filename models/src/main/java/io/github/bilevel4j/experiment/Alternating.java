package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Training by two phases of steps in turn: one step here is one of each, the second from where the
 * first one ended. Of the training "X &amp; UMM" (arXiv 2410.00772, Table 10) the first is an
 * ordinary self-supervised step of the whole network, the second a step of UMM.
 */
public final class Alternating implements Solver {
  private final ImmutableList<Phase> phases;

  private Alternating(ImmutableList<Phase> phases) {
    this.phases = phases;
  }

  /**
   * A phase of step.
   *
   * @param name what its measurements' names begin with
   * @param inputs those of the feed that it takes; the others are left out
   */
  public record Phase(String name, Solver solver, ImmutableList<Expr> inputs) {
    private ImmutableMap<String, Double> step(Feed feed) {
      Map<Leaf.Input, Expr> own = new LinkedHashMap<>();
      inputs.forEach(input -> own.put((Leaf.Input) input.op(), input));
      return solver.step(feed.redirected(own));
    }

    private List<Map.Entry<String, Double>> named(Map<String, Double> measurements) {
      return measurements.entrySet().stream()
          .map(entry -> Map.entry(name + "/" + entry.getKey(), entry.getValue()))
          .toList();
    }
  }

  /** One step of each in turn. */
  public static Alternating between(Phase first, Phase second) {
    return new Alternating(ImmutableList.of(first, second));
  }

  /**
   * One step of each phase.
   *
   * @return their measurements under {@code phase/...}, the first ones of each phase first. If some
   *     are not finite they are the last ones: the other phase's step is then not made
   * @throws NotFiniteException of a phase, with the measurements until then
   */
  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    List<List<Map.Entry<String, Double>>> measured = new ArrayList<>();
    for (Phase phase : phases) {
      ImmutableMap<String, Double> measurements;
      try {
        measurements = phase.step(feed);
      } catch (NotFiniteException failure) {
        measured.add(phase.named(failure.measurements()));
        throw failure.within(phase.name() + "/" + failure.term(), inTurn(measured));
      }
      measured.add(phase.named(measurements));
      if (!measurements.values().stream().allMatch(Double::isFinite)) {
        break;
      }
    }
    return inTurn(measured);
  }

  @Override
  public Variables state() {
    return Variables.numbered(
        phases.stream()
            .flatMap(phase -> phase.solver().state().leaves().values().stream())
            .collect(ImmutableList.toImmutableList()));
  }

  @Override
  public ImmutableMap<String, Double> learningRates(int step) {
    return inTurn(
        phases.stream().map(phase -> phase.named(phase.solver().learningRates(step))).toList());
  }

  private static ImmutableMap<String, Double> inTurn(List<List<Map.Entry<String, Double>>> lists) {
    return IntStream.range(0, lists.stream().mapToInt(List::size).max().orElse(0))
        .boxed()
        .flatMap(i -> lists.stream().filter(list -> i < list.size()).map(list -> list.get(i)))
        .collect(ImmutableMap.toImmutableMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
