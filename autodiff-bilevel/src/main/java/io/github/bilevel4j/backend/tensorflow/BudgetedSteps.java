package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.Leaf;
import java.util.Collection;
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
  private final DeviceMemory memory;

  /**
   * For a budget.
   *
   * @param host what counts besides arrays, if anything does
   */
  BudgetedSteps(MemoryBudget budget, Optional<HostMemory> host) {
    this.budget = budget;
    this.host = host;
    this.memory = host.map(HostMemory::arrays).orElseGet(DeviceMemory::new);
  }

  /** A step that is to be planned with the others. */
  void add(Step step, DeferredStep deferred) {
    steps.put(step, deferred);
  }

  boolean has(Step step) {
    return steps.containsKey(step);
  }

  /** The number of operations of each step that has a plan. */
  ImmutableMap<Step, Integer> operations() {
    return ImmutableMap.copyOf(
        Maps.transformValues(
            Maps.filterValues(steps, plans::containsKey), step -> step.operations(plan(step))));
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
  void clear() {
    steps.clear();
    plans = ImmutableMap.of();
    memory.synchronize(ImmutableSortedMap.of());
  }

  /** The steps that have no plan yet. */
  ImmutableSet<Step> unplanned() {
    return ImmutableSet.copyOf(Maps.filterValues(steps, step -> !plans.containsKey(step)).keySet());
  }

  /**
   * Plans steps that have no plan yet.
   *
   * @param fresh those that are to be planned
   * @param onceMore whether they had plans before, and so are not refused
   * @param present the bytes of each resource; zero of kept values that no step has assigned
   * @param bytes of what a step keeps for others
   * @param operations in the engine's graph
   * @throws UsageError if no plan is known that takes so little
   */
  void plan(
      Set<Step> fresh,
      boolean onceMore,
      SortedMap<String, Long> present,
      ToLongFunction<Leaf> bytes,
      int operations) {
    memory.synchronize(present);
    long taken = memory.hasRun() ? memory.touched() : 0;
    IntToLongFunction others =
        host.map(process -> process.beside(operations, budget.bytes())).orElse(added -> 0);
    ImmutableMap<DeferredStep, Long> all =
        beside(Maps.filterEntries(steps, step -> isPlannedOrIn(fresh, step)).values(), bytes);
    ImmutableMap<DeferredStep, Long> added =
        ImmutableMap.copyOf(Maps.filterKeys(all, step -> !plans.containsKey(step)));
    MemoryPlan.Search together =
        new MemoryPlan.Search(ImmutableMap.of(), all, memory, taken, others);
    plans =
        after(added, taken, others)
            .or(() -> together.fitting(most()))
            .or(() -> after(added, MemoryPlan.of(plans, memory).touched(), others))
            .or(() -> onceMore ? together.smallest() : Optional.empty())
            .orElseThrow(
                () ->
                    together.tooLittle(
                        added.keySet(),
                        budget,
                        host.isPresent() ? HostMemory::regionOf : LongUnaryOperator.identity()))
            .steps();
  }

  private boolean isPlannedOrIn(Set<Step> fresh, Map.Entry<Step, DeferredStep> step) {
    return plans.containsKey(step.getValue()) || fresh.contains(step.getKey());
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

  /** Steps, with the bytes of what others of them keep while each runs. */
  private static ImmutableMap<DeferredStep, Long> beside(
      Collection<DeferredStep> steps, ToLongFunction<Leaf> bytes) {
    Set<Leaf> kept =
        steps.stream().flatMap(step -> step.keeps().stream()).collect(Collectors.toSet());
    return ImmutableMap.copyOf(
        Maps.asMap(
            ImmutableSet.copyOf(steps),
            step -> Sets.difference(kept, step.keeps()).stream().mapToLong(bytes).sum()));
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
