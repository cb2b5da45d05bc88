package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.Leaf;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.IntToLongFunction;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.tensorflow.Session;

/**
 * The steps of an engine with a budget that have not run yet. Those that are compiled together are
 * planned together; where they do not fit beside earlier ones, these are planned again with them.
 */
final class BudgetedSteps {
  private final MemoryBudget budget;
  private final Optional<HostMemory> host;
  private final Map<Step, DeferredStep> steps = new LinkedHashMap<>();
  private ImmutableMap<DeferredStep, Recomputation.Plan> plans = ImmutableMap.of();

  /** Where arrays lie after the steps that have run. */
  private final DeviceMemory memory = new DeviceMemory();

  /**
   * For a budget.
   *
   * @param host what counts besides arrays, if anything does
   */
  BudgetedSteps(MemoryBudget budget, Optional<HostMemory> host) {
    this.budget = budget;
    this.host = host;
  }

  /** A step that is to be planned with the others. */
  void add(Step step, DeferredStep deferred) {
    steps.put(step, deferred);
  }

  /** The steps, in the order in which they were added. */
  Set<Step> steps() {
    return steps.keySet();
  }

  /** The number of operations that a planned step runs. */
  int operations(Step step) {
    return plan(deferred(step)).runs().size();
  }

  private DeferredStep deferred(Step step) {
    return Objects.requireNonNull(steps.get(step));
  }

  private Recomputation.Plan plan(DeferredStep step) {
    return Objects.requireNonNull(plans.get(step));
  }

  /** Lets go of a step, if it is here. */
  void remove(Step step) {
    steps.remove(step);
    plans = ImmutableMap.copyOf(Maps.filterKeys(plans, steps.values()::contains));
  }

  /** Lets go of all steps, and of what was on the device. */
  ImmutableList<Step> clear() {
    ImmutableList<Step> cleared = ImmutableList.copyOf(steps());
    steps.clear();
    plans = ImmutableMap.of();
    memory.synchronize(ImmutableSortedMap.of());
    return cleared;
  }

  /** The steps that have no plan yet. */
  ImmutableSet<Step> unplanned() {
    return ImmutableSet.copyOf(Maps.filterValues(steps, step -> !plans.containsKey(step)).keySet());
  }

  /**
   * Plans the steps that have no plan yet.
   *
   * @param present the bytes of each resource; zero of kept values that no step has assigned
   * @param bytes of what a step keeps for others
   * @param operations in the engine's graph
   * @throws UsageError if no plan is known that takes so little
   */
  void plan(SortedMap<String, Long> present, ToLongFunction<Leaf> bytes, int operations) {
    memory.synchronize(present);
    IntToLongFunction others =
        host.map(process -> process.beside(operations, memory.touched(), budget.bytes()))
            .orElse(added -> 0);
    ImmutableMap<DeferredStep, Long> beside = beside(bytes);
    ImmutableMap<DeferredStep, Long> fresh =
        ImmutableMap.copyOf(Maps.filterKeys(beside, step -> !plans.containsKey(step)));
    long taken = memory.hasRun() ? memory.touched() : 0;
    MemoryPlan.Search together =
        new MemoryPlan.Search(ImmutableMap.of(), beside, memory, taken, others);
    plans =
        after(fresh, taken, others)
            .or(() -> together.fitting(most()))
            .or(() -> after(fresh, MemoryPlan.of(plans, memory).touched(), others))
            .orElseThrow(
                () ->
                    together.tooLittle(
                        budget,
                        host.isPresent() ? HostMemory::regionOf : LongUnaryOperator.identity()))
            .steps();
  }

  /**
   * Plans of steps beside those of earlier ones.
   *
   * @param taken the bytes for arrays that are taken anyway
   */
  private Optional<MemoryPlan> after(
      ImmutableMap<DeferredStep, Long> fresh, long taken, IntToLongFunction others) {
    return plans.isEmpty()
        ? Optional.empty()
        : new MemoryPlan.Search(plans, fresh, memory, taken, others).fitting(most());
  }

  private long most() {
    return host.isPresent() ? HostMemory.within(budget.bytes()) : budget.bytes();
  }

  /** The steps, with the bytes of what others keep while each runs. */
  private ImmutableMap<DeferredStep, Long> beside(ToLongFunction<Leaf> bytes) {
    Set<Leaf> kept =
        steps.values().stream().flatMap(step -> step.keeps().stream()).collect(Collectors.toSet());
    ImmutableMap.Builder<DeferredStep, Long> beside = ImmutableMap.builder();
    for (DeferredStep step : steps.values()) {
      beside.put(
          step, kept.stream().filter(leaf -> !step.keeps().contains(leaf)).mapToLong(bytes).sum());
    }
    return beside.buildOrThrow();
  }

  /** Adds a planned step, which is about to run, to the engine's graph, and lets go of it. */
  LoweredStep addedTo(Nodes nodes, Session session, Step step, SortedMap<String, Long> present) {
    DeferredStep deferred = deferred(step);
    Recomputation.Plan plan = plan(deferred);
    memory.synchronize(present);
    MemoryPlan.run(ImmutableMap.of(deferred, plan), memory);
    remove(step);
    return deferred.addedTo(nodes, session, plan);
  }
}
