package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;

/**
 * How steps are run that share a memory: each in an order, and with as much computed again, that
 * what all of them take, one after another, keeps within it.
 *
 * @param touched the bytes for arrays that are used by then
 */
record MemoryPlan(ImmutableMap<DeferredStep, Recomputation.Plan> steps, long touched) {
  /**
   * Where steps ran in other orders than they were compiled in, arrays took up to 1 / 10 more;
   * allowed are 1 / 8.
   */
  private static final int OTHER_ORDERS = 8;

  /** Runs of each step after which arrays lie roughly where they do after any number. */
  private static final int ROUNDS = 3;

  /** The plan of steps that run one after another, several times. */
  static MemoryPlan of(ImmutableMap<DeferredStep, Recomputation.Plan> steps, DeviceMemory before) {
    DeviceMemory memory = before.copy();
    run(steps, memory);
    return new MemoryPlan(steps, memory.touched());
  }

  /** Places the arrays of steps that run one after another, several times. */
  static void run(ImmutableMap<DeferredStep, Recomputation.Plan> steps, DeviceMemory memory) {
    for (int i = 0; i < ROUNDS; i++) {
      steps.forEach((step, plan) -> step.run(plan, memory));
    }
  }

  /** The bytes that are to be planned for. */
  private long arrays() {
    return touched + touched / OTHER_ORDERS;
  }

  /** The operations of all steps. */
  int operations() {
    return steps.entrySet().stream()
        .mapToInt(step -> step.getKey().operations(step.getValue()))
        .sum();
  }

  /**
   * The search for plans of steps: among those in which no step holds more than a level, which is
   * lowered. What other steps keep for later ones is a part of what a step holds.
   */
  static final class Search {
    /** The next level that is tried is lower by half of the excess, */
    private static final int EXCESS_STEP = 2;

    /** and by this part of itself. */
    private static final int SMALLEST_STEP = 50;

    /** How often a plan is looked for between one that fits and one that does not. */
    private static final int REFINEMENTS = 2;

    /** And how often one that takes less than the lowest, before steps are refused. */
    private static final int LAST_TRIES = 4;

    private final ImmutableMap<DeferredStep, Recomputation.Plan> planned;
    private final ImmutableMap<DeferredStep, Long> beside;
    private final DeviceMemory before;
    private final long taken;
    private final IntToLongFunction others;
    private Optional<MemoryPlan> smallest = Optional.empty();

    /**
     * For steps, after some that have plans already.
     *
     * @param beside the steps, with the bytes of what others keep while each runs
     * @param before where arrays lie before any of them runs
     * @param taken the bytes for arrays that are taken by other steps anyway
     * @param others bytes besides arrays on the device, when so many operations are added
     */
    Search(
        ImmutableMap<DeferredStep, Recomputation.Plan> planned,
        ImmutableMap<DeferredStep, Long> beside,
        DeviceMemory before,
        long taken,
        IntToLongFunction others) {
      this.planned = planned;
      this.beside = beside;
      this.before = before;
      this.taken = taken;
      this.others = others;
    }

    /** The plan with the least work that is found to fit; empty if none is. */
    Optional<MemoryPlan> fitting(long budget) {
      MemoryPlan tooLarge = placed(DeferredStep::unlimited);
      if (fits(tooLarge, budget)) {
        return Optional.of(tooLarge);
      }
      while (true) {
        long less = (bytes(tooLarge) - budget) / EXCESS_STEP + smallestStep(tooLarge);
        Optional<MemoryPlan> next = within(level(tooLarge) - less);
        MemoryPlan plan = next.orElseGet(this::lowest);
        if (fits(plan, budget)) {
          return Optional.of(between(tooLarge, plan, budget));
        }
        if (next.isEmpty()) {
          nearLowest(tooLarge, plan);
          return smallest.filter(known -> fits(known, budget));
        }
        tooLarge = plan;
      }
    }

    /**
     * Tries levels between two, ever nearer to the lower one: less memory for values may take more
     * for all together, where they leave holes, or many operations run again.
     */
    private void nearLowest(MemoryPlan high, MemoryPlan lowest) {
      long above = level(high) - level(lowest);
      for (int i = 0; i < LAST_TRIES && above > 1; i++) {
        above /= 2;
        within(level(lowest) + above);
      }
    }

    private MemoryPlan between(MemoryPlan tooLarge, MemoryPlan fitting, long budget) {
      MemoryPlan best = fitting;
      long high = level(tooLarge);
      long low = level(fitting);
      for (int i = 0; i < REFINEMENTS && high - low > 1; i++) {
        long middle = low + (high - low) / 2;
        Optional<MemoryPlan> plan = within(middle).filter(found -> fits(found, budget));
        if (plan.isEmpty()) {
          high = middle;
        } else {
          low = middle;
          best = plan.filter(found -> work(found) < work(fitting)).orElse(best);
        }
      }
      return best;
    }

    /**
     * Whether a plan keeps within a budget, or takes no more for arrays than is taken anyway: then
     * no other takes less.
     */
    private boolean fits(MemoryPlan plan, long budget) {
      return bytes(plan) <= budget
          || (taken > 0 && plan.touched() <= taken + BestFitAllocator.SMALL);
    }

    private long smallestStep(MemoryPlan plan) {
      return Math.max(1, level(plan) / SMALLEST_STEP);
    }

    /** The plan that takes the least of those that were tried, after the search for one. */
    Optional<MemoryPlan> smallest() {
      return smallest;
    }

    /** That of the lowest level at which there are plans. */
    private MemoryPlan lowest() {
      Map<DeferredStep, Recomputation.Plan> each = Maps.asMap(beside.keySet(), DeferredStep::least);
      ImmutableMap<DeferredStep, Recomputation.Plan> alone = ImmutableMap.copyOf(each);
      return within(level(alone)).orElseGet(() -> placed(alone::get));
    }

    private Optional<MemoryPlan> within(long level) {
      ImmutableMap.Builder<DeferredStep, Recomputation.Plan> plans = ImmutableMap.builder();
      for (Map.Entry<DeferredStep, Long> step : beside.entrySet()) {
        Optional<Recomputation.Plan> plan = step.getKey().within(level - step.getValue());
        if (plan.isEmpty()) {
          return Optional.empty();
        }
        plans.put(step.getKey(), plan.get());
      }
      return Optional.of(placed(plans.buildOrThrow()::get));
    }

    private MemoryPlan placed(Function<DeferredStep, Recomputation.Plan> plans) {
      MemoryPlan placed =
          MemoryPlan.of(
              ImmutableMap.<DeferredStep, Recomputation.Plan>builder()
                  .putAll(planned)
                  .putAll(Maps.asMap(beside.keySet(), plans::apply))
                  .buildOrThrow(),
              before);
      if (bytes(placed) < smallest.map(this::bytes).orElse(Long.MAX_VALUE)) {
        smallest = Optional.of(placed);
      }
      return placed;
    }

    private long level(MemoryPlan plan) {
      return level(plan.steps());
    }

    private long level(Map<DeferredStep, Recomputation.Plan> plans) {
      return beside.keySet().stream().mapToLong(held(plans)).max().orElseThrow();
    }

    /** What a step holds at most, and what others keep meanwhile. */
    private ToLongFunction<DeferredStep> held(Map<DeferredStep, Recomputation.Plan> plans) {
      return step -> plans.get(step).peak() + beside.get(step);
    }

    private double work(MemoryPlan plan) {
      return beside.keySet().stream().mapToDouble(step -> plan.steps().get(step).work()).sum();
    }

    /** What a plan and all else takes. */
    private long bytes(MemoryPlan plan) {
      return plan.arrays() + others.applyAsLong(plan.operations());
    }

    /**
     * What refuses steps for which no plan was found.
     *
     * @param region what there must be for so many bytes
     */
    UsageError tooLittle(Set<DeferredStep> refused, MemoryBudget budget, LongUnaryOperator region) {
      MemoryPlan plan = smallest.orElseThrow();
      DeferredStep largest = Collections.max(refused, Comparator.comparingLong(held(plan.steps())));
      long needed = region.applyAsLong(bytes(plan));
      return UsageError.in("compile \"" + largest.name() + "\"")
          .because(
              "%s %s, and no more than %s are allowed",
              beside.size() == 1 ? "a step needs" : beside.size() + " steps together need",
              Heap.megabytes(needed),
              Heap.megabytes(budget.bytes()))
          .row(
              "variables and values of steps, computed again where that saves memory",
              Heap.megabytes(plan.arrays()))
          .row("program and libraries", Heap.megabytes(needed - plan.arrays()))
          .maybe("smaller batches or MicroBatches were meant.");
    }
  }
}
