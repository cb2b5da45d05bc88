package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.shape.Array;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import org.tensorflow.Output;
import org.tensorflow.Session;
import org.tensorflow.proto.DataType;

/**
 * What stays on the device between runs: the variables, and constants too large for the graph, of
 * which every compiled step would hold a copy.
 *
 * <p>A variable that nothing refers to any more is freed; its value can no longer be asked for. A
 * constant can be sent again, and is freed when no program uses it.
 */
final class DeviceState implements Handles {
  /** Constants of more elements than this are kept as state. */
  private static final int LARGEST_CONSTANT = 1 << 14;

  /** Bytes sent to the device at once, so that the host never holds two copies of everything. */
  private static final long CHUNK_BYTES = 64L << 20;

  private final Nodes nodes;
  private final Session session;
  private final Precision precision;
  private final KeptValues kept;
  private final Map<Leaf, Slot> constants = new HashMap<>();
  private final Map<Leaf, Slot> variables = new WeakHashMap<>();
  private final Map<Reference<? extends Leaf>, Slot> watched = new HashMap<>();
  private final ReferenceQueue<Leaf> unreachable = new ReferenceQueue<>();

  DeviceState(Nodes nodes, Session session, Precision precision, KeptValues kept) {
    this.nodes = nodes;
    this.session = session;
    this.precision = precision;
    this.kept = kept;
  }

  /** Whether a leaf is kept as state. */
  static boolean keeps(Leaf leaf) {
    return leaf instanceof Leaf.Variable
        || (leaf instanceof Leaf.Constant constant && constant.value().size() > LARGEST_CONSTANT);
  }

  /** The type of the numbers of a leaf that the host sends: images are sent as bytes. */
  static DataType hostType(Leaf leaf, Precision precision) {
    boolean bytes =
        leaf instanceof Leaf.Constant constant && constant.value().samples().isPresent();
    return bytes ? DataType.DT_UINT8 : Tensors.type(precision);
  }

  @Override
  public DataType type(Leaf leaf) {
    return kept.isRounded(leaf) ? DataType.DT_BFLOAT16 : hostType(leaf, precision);
  }

  @Override
  public void round(Leaf.Variable variable) {
    if (!variables.containsKey(variable)) {
      kept.round(variable);
    }
  }

  @Override
  public Output<?> handle(Leaf leaf) {
    if (KeptValues.holds(leaf) && !variables.containsKey(leaf)) {
      add(leaf, newSlot(leaf));
    }
    return slot(leaf).handle();
  }

  /**
   * Creates those leaves that do not exist yet and sets them to their first values. Kept values
   * have none.
   */
  void create(Iterable<? extends Leaf> leaves) {
    ImmutableSet<Leaf> missing =
        ImmutableSet.copyOf(
            Iterables.filter(
                leaves, leaf -> !slots(leaf).containsKey(leaf) && !KeptValues.holds(leaf)));
    for (List<Leaf> chunk : chunks(missing)) {
      assign(Maps.toMap(chunk, DeviceState::firstValue));
    }
  }

  /** The present values of variables, which are created if they do not exist yet. */
  ImmutableMap<Expr, Array> read(Iterable<Expr> variables) {
    ImmutableSet<Leaf> leaves =
        ImmutableSet.copyOf(Iterables.transform(variables, each -> variable("read", each)));
    kept.requirePresent("read", leaves);
    create(leaves);
    Map<Leaf, Array> values = new HashMap<>();
    for (List<Leaf> chunk : chunks(leaves)) {
      Streams.forEachPair(chunk.stream(), fetch(chunk).stream(), values::put);
    }
    return Maps.toMap(variables, each -> values.get((Leaf) each.op()));
  }

  /** Sets variables, which are created if they do not exist yet. */
  void write(Map<Expr, Array> values) {
    Map<Leaf, Array> byLeaf = new LinkedHashMap<>();
    values.forEach((variable, value) -> byLeaf.put(fitting(variable, value), value));
    set(byLeaf);
  }

  /** Frees the variables that cannot be reached and the constants that are not used any more. */
  void free(Set<Leaf> used) {
    List<Slot> freed = new ArrayList<>();
    for (Reference<?> gone = unreachable.poll(); gone != null; gone = unreachable.poll()) {
      freed.add(Objects.requireNonNull(watched.remove(gone)));
    }
    for (Leaf unused : Sets.difference(constants.keySet(), used).immutableCopy()) {
      freed.add(Objects.requireNonNull(constants.remove(unused)));
    }
    if (!freed.isEmpty()) {
      try (DeviceCall call = new DeviceCall("free", session, precision, false)) {
        freed.forEach(slot -> call.execute(slot.destroy(nodes)));
        call.run(ImmutableMap.of());
      }
    }
  }

  /** The bytes of each resource by its name; zero of kept values that no step has assigned. */
  ImmutableSortedMap<String, Long> bytes() {
    ImmutableSortedMap.Builder<String, Long> bytes = ImmutableSortedMap.naturalOrder();
    for (Map<Leaf, Slot> slots : List.of(constants, variables)) {
      slots.forEach(
          (leaf, slot) ->
              bytes.put(slot.handle().op().name(), kept.isPresent(leaf) ? bytes(leaf) : 0));
    }
    return bytes.buildOrThrow();
  }

  /** The bytes of one leaf on the device. */
  long bytes(Leaf leaf) {
    return leaf.shape().size() * Tensors.bytes(type(leaf));
  }

  /** The number of arrays that are kept. */
  int size() {
    return constants.size() + watched.size();
  }

  /** All variables that exist and can still be reached, with their present values. */
  Map<Leaf, Array> values() {
    Map<Leaf, Array> values = new LinkedHashMap<>();
    for (List<Leaf> chunk :
        chunks(ImmutableSet.copyOf(Sets.filter(variables.keySet(), kept::isPresent)))) {
      Streams.forEachPair(chunk.stream(), fetch(chunk).stream(), values::put);
    }
    return values;
  }

  /** Sets leaves, which are created if they do not exist yet. */
  void set(Map<Leaf, Array> values) {
    for (List<Leaf> chunk : chunks(values.keySet())) {
      assign(Maps.toMap(chunk, values::get));
    }
  }

  private List<List<Leaf>> chunks(Iterable<Leaf> leaves) {
    List<List<Leaf>> chunks = new ArrayList<>();
    long bytes = 0;
    for (Leaf leaf : leaves) {
      long size = leaf.shape().size() * precision.bytes();
      if (chunks.isEmpty() || bytes + size > CHUNK_BYTES) {
        chunks.add(new ArrayList<>());
        bytes = 0;
      }
      Iterables.getLast(chunks).add(leaf);
      bytes += size;
    }
    return chunks;
  }

  /** A leaf exists from its first successful assignment on, a kept value from its first handle. */
  private void assign(Map<Leaf, Array> values) {
    Map<Leaf, Slot> created = new HashMap<>();
    try (DeviceCall call = new DeviceCall("write", session, precision, false)) {
      values.forEach(
          (leaf, value) -> {
            Slot slot = slots(leaf).get(leaf);
            if (slot == null) {
              slot = newSlot(leaf);
              created.put(leaf, slot);
            }
            call.feed(slot.newValue(), value);
            call.execute(slot.assign());
          });
      call.run(ImmutableMap.of());
    }
    created.forEach(this::add);
    kept.assigned(values.keySet());
  }

  private Slot newSlot(Leaf leaf) {
    return Slot.of(leaf, nodes, type(leaf), hostType(leaf, precision));
  }

  private void add(Leaf leaf, Slot slot) {
    slots(leaf).put(leaf, slot);
    if (leaf instanceof Leaf.Variable) {
      watched.put(new WeakReference<>(leaf, unreachable), slot);
    }
  }

  private Map<Leaf, Slot> slots(Leaf leaf) {
    return leaf instanceof Leaf.Variable ? variables : constants;
  }

  private List<Array> fetch(List<Leaf> leaves) {
    try (DeviceCall call = new DeviceCall("read", session, precision, false)) {
      leaves.forEach(leaf -> call.fetch(slot(leaf).read()));
      return call.run(ImmutableMap.of());
    }
  }

  private Slot slot(Leaf leaf) {
    return Objects.requireNonNull(slots(leaf).get(leaf));
  }

  private static Array firstValue(Leaf leaf) {
    if (leaf instanceof Leaf.Constant constant) {
      return constant.value();
    }
    Leaf.Variable variable = (Leaf.Variable) leaf;
    Array value = variable.initializer().values(variable.shape());
    if (!value.shape().equals(variable.shape())) {
      throw UsageError.in("initialize")
          .because("the initializer gave another shape than it was asked for")
          .row("variable", variable.label(), variable.shape().toString())
          .row("value", "", value.shape().toString())
          .maybe("the initializer ignores its argument.");
    }
    return value;
  }

  /** The variable, if the value has its shape. */
  private static Leaf fitting(Expr expression, Array value) {
    Leaf variable = variable("write", expression);
    if (!variable.shape().equals(value.shape())) {
      throw UsageError.in("write")
          .because("the shapes of variable and value differ")
          .row("variable", expression.label(), variable.shape().toString())
          .row("value", "", value.shape().toString())
          .maybe("the value belongs to another variable or another configuration.");
    }
    return variable;
  }

  private static Leaf variable(String operation, Expr expression) {
    if (expression.op() instanceof Leaf.Variable variable) {
      return variable;
    }
    throw UsageError.in(operation)
        .because("the expression is not a variable")
        .row("expression", expression.label(), expression.shape().toString())
        .maybe("it should be an output of a step.");
  }
}
