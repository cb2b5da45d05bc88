package io.github.bilevel4j.backend.tensorflow;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Streams;
import io.github.bilevel4j.autodiff.Composition;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.DeviceInfo;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operation;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.TensorFlow;

/**
 * The engine on TensorFlow: one graph and one session, which each compiled step extends, with a
 * budget at its first run. Variables are resources of the session and stay on the device.
 *
 * <p>TensorFlow's graphs and sessions only grow. When closed programs make up most of the graph,
 * the engine begins a new one: it carries the variables over by way of the host, and lowers each
 * other program again at its next run.
 *
 * <p>Numbers below the smallest normal one ({@code 1.2e-38} in single, {@code 2.2e-308} in double
 * precision) may be taken for zeros of their sign, as TensorFlow's kernels and threads do in
 * places. Systems whose matrix has such elements may have solutions that are not finite: libraries
 * multiply by the reciprocals of pivots, which overflow.
 */
public final class TensorFlowEngine implements Engine {
  private static final int LIGHT = 1 << 16;

  /** Nodes of closed programs that are not worth a new graph. */
  private static final int FEW = 1 << 11;

  private final DeviceInfo device;
  private final Precision precision;

  /** Those that an equal step is given. */
  private final Map<Step, TensorFlowProgram> programs = new LinkedHashMap<>();

  /** Those that are in the present graph. */
  private final Set<TensorFlowProgram> inGraph = new HashSet<>();

  private final Optional<Cluster> cluster;
  private final Replication replication;
  private final Optional<MemoryBudget> processBudget;
  private final Optional<BudgetedSteps> budgeted;
  private final KeptValues keptValues = new KeptValues();
  private final OneThread guard = new OneThread();
  private Graph graph;
  private Session session;
  private Nodes nodes;
  private DeviceState state;
  private Optional<ImmutableList.Builder<KernelRun>> trace = Optional.empty();
  private int garbage;
  private boolean closed;

  private TensorFlowEngine(
      DeviceInfo device,
      Precision precision,
      Optional<Cluster> cluster,
      Optional<MemoryBudget> budget,
      boolean arraysOnly) {
    this.device = device;
    this.precision = precision;
    this.cluster = cluster.filter(given -> given.replicas() > 1);
    this.replication = new Replication(this.cluster);
    Optional<HostMemory> host =
        budget.filter(most -> onProcessor() && !arraysOnly).map(most -> HostMemory.measured());
    budget.filter(most -> onProcessor()).ifPresent(DeviceMemory::inOneRegion);
    budgeted = budget.map(most -> new BudgetedSteps(most, host));
    processBudget = host.flatMap(process -> budget);
    if (precision == Precision.MIXED) {
      Bfloat16.require(device.device());
    }
    begin();
  }

  private void begin() {
    graph = new Graph();
    Device placed = device.device();
    session =
        cluster
            .map(
                replicas ->
                    ClusterSession.of(
                        graph, replicas, SessionSettings.forReplica(placed, replicas)))
            .orElseGet(() -> new Session(graph, SessionSettings.forEngine(placed)));
    nodes =
        new Nodes(
            graph,
            cluster
                .map(replicas -> SessionSettings.placement(placed, replicas))
                .or(() -> SessionSettings.placement(placed)));
    state = new DeviceState(nodes, session, precision, keptValues);
    inGraph.clear();
    budgeted.ifPresent(BudgetedSteps::clear);
    garbage = 0;
  }

  /**
   * Opens an engine.
   *
   * @throws IllegalArgumentException if there is no such device, saying what is missing
   * @throws UsageError if the precision is mixed, and the device does not compute in bfloat16
   */
  public static TensorFlowEngine open(Device device, Precision precision) {
    return new TensorFlowEngine(
        PhysicalDevices.find(device), precision, Optional.empty(), Optional.empty(), false);
  }

  /**
   * Opens an engine of one replica of a cluster. Each process of the cluster opens one, and all
   * make the same calls in the same order; each feeds its own rows of a batch. Solvers minimize the
   * mean of the objectives of all replicas.
   *
   * <p>A run that takes longer than the cluster's timeout fails, naming the replicas that do not
   * answer; the engine is of no use then, and neither are others of the process.
   *
   * @throws IllegalArgumentException if there is no such device, saying what is missing, if the
   *     process cannot listen at its address, or if it is a replica of another cluster
   */
  public static TensorFlowEngine open(Device device, Precision precision, Cluster cluster) {
    return new TensorFlowEngine(
        PhysicalDevices.find(device), precision, Optional.of(cluster), Optional.empty(), false);
  }

  /**
   * Opens an engine whose steps keep within a memory: their operations run in an order that needs
   * little of it, one after another, and values that would not fit are freed and computed again
   * when they are needed. Results are the same up to rounding. What a step needs is estimated from
   * the shapes of its values before it runs.
   *
   * <p>{@link #compile} refuses a step that needs more than the budget even so, and says how much
   * it needs. Steps that are compiled within one {@link #exclusively}, as those of a solver are,
   * share the memory between them: they are planned together, and refused together, at its end, or
   * when the first of them runs.
   *
   * @throws IllegalArgumentException if there is no such device, saying what is missing
   */
  public static TensorFlowEngine open(Device device, Precision precision, MemoryBudget budget) {
    return new TensorFlowEngine(
        PhysicalDevices.find(device), precision, Optional.empty(), Optional.of(budget), false);
  }

  /** With a budget for variables and the values of a step alone. */
  static TensorFlowEngine openForArrays(Precision precision, MemoryBudget budget) {
    return new TensorFlowEngine(
        PhysicalDevices.find(Device.cpu()), precision, Optional.empty(), Optional.of(budget), true);
  }

  /**
   * Splits each operation on the processor among a number of threads, in all engines of this
   * process, instead of one for each processor that there is. A sum is then split at the same
   * places on any number of processors, so that the same program and seed give the same bits there,
   * as long as their instructions (AVX2, AVX-512) are the same; without it they do so on the same
   * number of processors only. One thread where there are n takes up to n times as long. A GPU is
   * not affected.
   *
   * @throws UsageError if the number is below one, or an engine was opened or the devices were
   *     listed before, with another number: TensorFlow makes its threads once
   */
  public static void useThreads(int number) {
    SessionSettings.useThreads(number);
  }

  /** The devices that TensorFlow can compute on, the processor first. */
  public static ImmutableList<DeviceInfo> availableDevices() {
    return PhysicalDevices.all();
  }

  /** The version of the TensorFlow library, for instance {@code 2.18.0}. */
  public static String version() {
    CudaLibraries.load();
    return TensorFlow.version();
  }

  @Override
  public Program compile(Step step) {
    String operation = "compile \"" + step.name() + "\"";
    return exclusively(operation, () -> compiled(operation, step));
  }

  private Program compiled(String operation, Step step) {
    requireOpen(operation);
    TensorFlowProgram known = programs.get(step);
    if (known == null) {
      known = newProgram(step);
      programs.put(step, known);
    } else if (budgeted.isPresent() && !known.isPlanned() && !budgeted.get().has(step)) {
      budgeted.get().add(step, deferred(step));
    }
    return known;
  }

  private TensorFlowProgram newProgram(Step step) {
    Stopwatch watch = Stopwatch.createStarted();
    if (budgeted.isPresent()) {
      DeferredStep deferred = deferred(step);
      budgeted.get().add(step, deferred);
      return TensorFlowProgram.of(this, step, deferred, watch.elapsed());
    }
    int before = nodes.count();
    LoweredStep lowered = addedToGraph(step);
    TensorFlowProgram program =
        TensorFlowProgram.of(this, step, lowered, nodes.count() - before, watch.elapsed());
    inGraph.add(program);
    return program;
  }

  /** Lowers the step of a program into the present graph, within the memory that there is. */
  LoweredStep lowered(Step step, TensorFlowProgram program) {
    // First, so that its constants stay.
    inGraph.add(program);
    try {
      return budgeted.isEmpty() ? addedToGraph(step) : lowered(step, program, budgeted.get());
    } catch (RuntimeException failure) {
      inGraph.remove(program);
      throw failure;
    }
  }

  private LoweredStep lowered(Step step, TensorFlowProgram program, BudgetedSteps within) {
    if (!within.has(step)) {
      within.add(step, deferred(step));
      if (program.isPlanned()) {
        plan(within, withOthersOfLastGraph(step, within), true);
      }
    }
    if (within.unplanned().contains(step)) {
      planOrDrop(within);
    }
    return within.addedTo(nodes, session, step, state.bytes());
  }

  /** Defers what also had a plan and is not in the present graph: it is planned with a step. */
  private ImmutableSet<Step> withOthersOfLastGraph(Step step, BudgetedSteps within) {
    ImmutableSet.Builder<Step> steps = ImmutableSet.builder();
    steps.add(step);
    programs.forEach(
        (other, program) -> {
          if (program.isPlanned() && !inGraph.contains(program) && !within.has(other)) {
            within.add(other, deferred(other));
            steps.add(other);
          }
        });
    return steps.build();
  }

  private LoweredStep addedToGraph(Step step) {
    ImmutableList<Expr> expanded = expanded(step);
    state.create(resources(step, expanded));
    return lowered(step, expanded, nodes, state);
  }

  private DeferredStep deferred(Step step) {
    ImmutableList<Expr> expanded = expanded(step);
    freeUnused();
    state.create(resources(step, expanded));
    try (Graph apart = new Graph()) {
      Nodes own = nodes.in(apart);
      LoweredStep lowered = lowered(step, expanded, own, Slot.copies(state, own));
      return new DeferredStep(step.name(), lowered, apart);
    }
  }

  private ImmutableList<Expr> expanded(Step step) {
    ImmutableList<Expr> roots = ImmutableList.copyOf(step.expressions());
    ImmutableList<Expr> values =
        Composition.replacing(node -> !hasKernel(node), Derivatives.values(roots));
    MemoryNeeds.require(step, values, precision);
    return onProcessor() ? RowBlocks.of(values, precision.bytes()) : values;
  }

  /** Plans the steps that have no plan yet. If they do not fit, they are not compiled. */
  private void planOrDrop(BudgetedSteps within) {
    ImmutableSet<Step> fresh = within.unplanned();
    if (!fresh.isEmpty()) {
      try {
        plan(within, fresh, false);
      } catch (UsageError tooLittle) {
        fresh.forEach(within::remove);
        fresh.forEach(programs::remove);
        freeUnused();
        throw tooLittle;
      }
    }
  }

  private void plan(BudgetedSteps within, ImmutableSet<Step> fresh, boolean onceMore) {
    Stopwatch watch = Stopwatch.createStarted();
    within.plan(fresh, onceMore, state.bytes(), state::bytes, nodes.count());
    ImmutableMap<Step, Integer> operations = within.operations();
    Duration each = watch.elapsed().dividedBy(operations.size());
    operations.forEach(
        (step, number) ->
            Optional.ofNullable(programs.get(step))
                .ifPresent(program -> program.plan(number, each)));
  }

  /** Lowers a step, already expanded, into a graph. */
  private LoweredStep lowered(
      Step step, ImmutableList<Expr> expanded, Nodes nodes, Handles handles) {
    String scope = nodes.unique(step.name());
    Lowering lowering =
        new Lowering(nodes, precision, scope, handles, replication.of(step, expanded));
    ImmutableList<Expr> inputs = inputs(Iterables.concat(step.expressions(), expanded));
    lowering.lower(Iterables.concat(inputs, expanded));

    ImmutableMap<String, Output<?>> fetches = fetches(step, expanded, scope, lowering, nodes);
    List<Output<?>> newValues = new ArrayList<>();
    for (int i = 0; i < step.updates().size(); i++) {
      newValues.add(
          lowering.assigned(
              (Leaf.Variable) step.updates().get(i).variable().op(),
              expanded.get(step.outputs().size() + i)));
    }
    KeptValues.OfStep kept = KeptValues.OfStep.of(step, expanded);
    List<Operation> freed = new ArrayList<>();
    kept.freed().forEach(leaf -> freed.add(Slot.destroy(handles.handle(leaf), scope, nodes)));
    Operation last = assignments(step, scope, fetches.values(), newValues, freed, nodes, handles);
    return new LoweredStep(
        session,
        resources(step, expanded),
        kept,
        placeholders(inputs, lowering),
        fetches,
        last,
        ImmutableMap.copyOf(lowering.origins()),
        onProcessor() && cluster.isEmpty() && isLight(expanded));
  }

  private boolean onProcessor() {
    return device.device().kind() == Device.Kind.CPU;
  }

  /**
   * Whether a composed primitive is computed at once, by a kernel that the device has. That for
   * batch normalization takes another variance than zero of a single row.
   */
  private boolean hasKernel(Expr composed) {
    return precision != Precision.FLOAT64
        && onProcessor()
        && BatchNormalization.rows(composed.input(0).shape()) > 1;
  }

  /**
   * A step as a SavedModel, the content of a file {@code saved_model.pb} for TensorFlow Serving or
   * Python: its inputs and outputs by their names in the signature {@code serving_default}, the
   * present values of its variables as constants. The first axis of all inputs and outputs, the
   * batch, has any length in the model; the step must compute each element of a batch by itself.
   *
   * @throws UsageError if the step changes variables or has no input, or the engine is not in
   *     single precision
   */
  public byte[] savedModel(Step step) {
    String operation = "SavedModel of \"" + step.name() + "\"";
    if (!step.updates().isEmpty() || precision != Precision.FLOAT32) {
      throw UsageError.in(operation)
          .because("it has to be a step without updates in single precision")
          .value("updates", step.updates().size())
          .value("precision", precision)
          .error();
    }
    return exclusively(
        operation,
        () -> {
          requireOpen(operation);
          LoweredStep lowered = addedToGraph(step);
          if (lowered.placeholders().isEmpty()) {
            throw UsageError.in(operation).because("the step has no input").error();
          }
          keptValues.requirePresent(operation, lowered.kept().read());
          return SavedModels.of(lowered, frozen(lowered)).toByteArray();
        });
  }

  private ImmutableMap<String, Array> frozen(LoweredStep step) {
    Map<Leaf, Array> variables = state.values();
    return step.resources().stream()
        .collect(
            ImmutableMap.toImmutableMap(
                leaf -> state.handle(leaf).op().name(),
                leaf ->
                    leaf instanceof Leaf.Constant constant
                        ? constant.value()
                        : variables.get(leaf)));
  }

  /** Lets go of a program that will not run again. */
  void release(Step step, TensorFlowProgram program) {
    boolean isKnown = programs.remove(step, program);
    boolean wasInGraph = inGraph.remove(program);
    if (isKnown) {
      budgeted.ifPresent(within -> within.remove(step));
    }
    if (isKnown || wasInGraph) {
      garbage += wasInGraph ? program.nodeCount() : 0;
      if (garbage > FEW && garbage > nodes.count() / 2) {
        renew();
      } else {
        freeUnused();
      }
    }
  }

  private void freeUnused() {
    state.free(
        Stream.concat(programs.values().stream(), inGraph.stream())
            .flatMap(other -> other.resources().stream())
            .collect(ImmutableSet.toImmutableSet()));
  }

  /** Begins a new graph without the closed programs. */
  private void renew() {
    Map<Leaf, Array> values = state.values();
    session.close();
    graph.close();
    ImmutableSet<Step> fresh = budgeted.map(BudgetedSteps::unplanned).orElse(ImmutableSet.of());
    begin();
    state.set(values);
    fresh.forEach(step -> budgeted.orElseThrow().add(step, deferred(step)));
  }

  /**
   * The kernels that ran on the device while some work was done on this engine, in the order of the
   * programs' runs. Noting them takes time; that of each kernel is about what it is without.
   */
  public ImmutableList<KernelRun> traced(Runnable work) {
    return exclusively(
        "trace",
        () -> {
          ImmutableList.Builder<KernelRun> kernels = ImmutableList.builder();
          trace = Optional.of(kernels);
          try {
            work.run();
          } finally {
            trace = Optional.empty();
          }
          return kernels.build();
        });
  }

  /** Has a call noted if what runs is traced. */
  void trace(Step step, LoweredStep lowered, DeviceCall call) {
    trace.ifPresent(
        kernels ->
            call.trace(stats -> kernels.addAll(StepTrace.of(step, lowered.origins(), stats))));
  }

  /** The number of operations in the graph. */
  int nodeCount() {
    return nodes.count();
  }

  /** The number of arrays that stay on the device between runs. */
  int arrays() {
    return state.size();
  }

  /** Whether all that a step computes is small: a vector or two, not a batch of images. */
  private static boolean isLight(List<Expr> roots) {
    return Streams.stream(Expr.nodesOf(roots))
        .allMatch(node -> node.op() instanceof Leaf || node.shape().size() <= LIGHT);
  }

  @Override
  public ImmutableMap<Expr, Array> read(Iterable<Expr> variables) {
    return exclusively(
        "read",
        () -> {
          requireOpen("read");
          return state.read(variables);
        });
  }

  @Override
  public void write(Map<Expr, Array> values) {
    exclusively(
        "write",
        () -> {
          requireOpen("write");
          state.write(values);
          return values;
        });
  }

  @Override
  public <T> T exclusively(String operation, Supplier<T> work) {
    return guard.using(
        operation, budgeted.filter(within -> !guard.isMine()).isPresent() ? planned(work) : work);
  }

  /**
   * Work after which the steps that it has compiled have plans. Where it fails for another reason,
   * those that have none get it when they run, or are compiled again.
   */
  private <T> Supplier<T> planned(Supplier<T> work) {
    BudgetedSteps within = budgeted.orElseThrow();
    return () -> {
      try {
        T result = work.get();
        planOrDrop(within);
        return result;
      } finally {
        within.unplanned().forEach(within::remove);
      }
    };
  }

  @Override
  public int replicas() {
    return replication.replicas();
  }

  @Override
  public int rank() {
    return replication.rank();
  }

  @Override
  public Optional<MemoryBudget> processBudget() {
    return processBudget;
  }

  @Override
  public DeviceInfo device() {
    return device;
  }

  @Override
  public Precision precision() {
    return precision;
  }

  @Override
  public void close() {
    exclusively(
        "close",
        () -> {
          if (!closed) {
            closed = true;
            programs.clear();
            inGraph.clear();
            budgeted.ifPresent(BudgetedSteps::clear);
            if (!replication.hasFailed()) {
              session.close();
              graph.close();
            }
          }
          return closed;
        });
  }

  @Override
  public String toString() {
    return "TensorFlow on " + device + ", " + precision;
  }

  /** What is known of kept values. */
  KeptValues keptValues() {
    return keptValues;
  }

  /** What is known of the replicas. */
  Replication replication() {
    return replication;
  }

  /** The session, while it is open. */
  Session session(String operation) {
    requireOpen(operation);
    return session;
  }

  private void requireOpen(String operation) {
    if (closed) {
      throw new IllegalStateException(
          operation
              + ": the engine is closed.\n"
              + "Maybe the program or result is used outside the engine's try block.");
    }
  }

  private static ImmutableSet<Leaf> resources(Step step, Iterable<Expr> expanded) {
    ImmutableSet.Builder<Leaf> kept = ImmutableSet.builder();
    step.updates().forEach(update -> kept.add((Leaf) update.variable().op()));
    for (Expr node : Expr.nodesOf(expanded)) {
      if (node.op() instanceof Leaf leaf && DeviceState.keeps(leaf)) {
        kept.add(leaf);
      }
    }
    return kept.build();
  }

  /** The inputs of a step, also those that expanding its gradients has made superfluous. */
  private static ImmutableList<Expr> inputs(Iterable<Expr> roots) {
    Map<Leaf.Input, Expr> inputs = new LinkedHashMap<>();
    for (Expr node : Expr.nodesOf(roots)) {
      if (node.op() instanceof Leaf.Input input) {
        inputs.putIfAbsent(input, node);
      }
    }
    return ImmutableList.copyOf(inputs.values());
  }

  private static ImmutableMap<Expr, Output<?>> placeholders(List<Expr> inputs, Lowering lowering) {
    ImmutableMap.Builder<Expr, Output<?>> placeholders = ImmutableMap.builder();
    inputs.forEach(input -> placeholders.put(input, lowering.placeholder(input)));
    return placeholders.buildOrThrow();
  }

  /** Each output under an operation of its own: what is fed cannot be fetched. */
  private static ImmutableMap<String, Output<?>> fetches(
      Step step, List<Expr> expanded, String scope, Lowering lowering, Nodes nodes) {
    ImmutableMap.Builder<String, Output<?>> fetches = ImmutableMap.builder();
    int position = 0;
    for (String output : step.outputs().keySet()) {
      Output<?> value = lowering.result(expanded.get(position));
      String name = nodes.unique(scope + "/output/" + output);
      fetches.put(output, nodes.add("Identity", name, b -> {}, List.of(value)).output(0));
      position++;
    }
    return fetches.buildOrThrow();
  }

  /**
   * The assignments, each after all outputs and new values of the step: so the step reads old
   * values only, and if anything fails nothing is assigned.
   */
  private static Operation assignments(
      Step step,
      String scope,
      Iterable<Output<?>> outputs,
      List<Output<?>> newValues,
      Iterable<Operation> freed,
      Nodes nodes,
      Handles handles) {
    GraphOperation computed =
        nodes.after(
            nodes.unique(scope + "/computed"),
            Iterables.concat(
                freed, Iterables.transform(Iterables.concat(outputs, newValues), Output::op)));
    List<Operation> assigned = new ArrayList<>(List.of(computed));
    for (int i = 0; i < newValues.size(); i++) {
      Update update = step.updates().get(i);
      Output<?> handle = handles.handle((Leaf) update.variable().op());
      Output<?> newValue = newValues.get(i);
      assigned.add(
          nodes.add(
              "AssignVariableOp",
              nodes.unique(scope + "/assign/" + update.variable().name()),
              builder -> builder.addInput(handle).addInput(newValue).addControlInput(computed)));
    }
    return nodes.after(nodes.unique(scope + "/done"), assigned);
  }
}
