package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Bytes;
import io.github.bilevel4j.check.UsageError;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads Python's pickles (protocols 2 to 5, PEP 307, 3154 and 574) without making anything that
 * they name: of functions and classes only those of tensors have a meaning here, and of the others
 * {@link Pickle.Opaque} values are left. So no code of a file can run.
 */
final class Unpickler {
  private static final int MOST_VALUES = 1_000_000;

  /** Reading takes at most so many times the file's size and 64 MB, 4 of them for all else. */
  private static final int MEMORY_FACTOR = 3;

  private static final long MEMORY_MORE = 60L << 20;

  /** Texts in UTF-8 may take several times their length while they are decoded. */
  private static final long MOST_TEXT = 8L << 20;

  /** Half of what an entry of a map takes. */
  private static final int ENTRY_BYTES = 32;

  private static final int PROTO = 0x80;
  private static final String TEXT_OPCODES = "ILFSVPdloipg";

  private static final ImmutableMap<String, StoredType> STORAGES =
      ImmutableMap.<String, StoredType>builder()
          .put("torch.FloatStorage", StoredType.F32)
          .put("torch.DoubleStorage", StoredType.F64)
          .put("torch.HalfStorage", StoredType.F16)
          .put("torch.BFloat16Storage", StoredType.BF16)
          .put("torch.LongStorage", StoredType.I64)
          .put("torch.IntStorage", StoredType.I32)
          .put("torch.ShortStorage", StoredType.I16)
          .put("torch.CharStorage", StoredType.I8)
          .put("torch.ByteStorage", StoredType.U8)
          .put("torch.BoolStorage", StoredType.BOOL)
          .buildOrThrow();

  private static final Pickle.Opaque OTHER_ARRAY = new Pickle.Opaque("an array of another kind");

  private final String operation;
  private final Object file;
  private final ByteBuffer data;
  private final List<Object> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private final Map<String, Pickle.Storage> storages = new LinkedHashMap<>();

  /** What the values may yet take, in bytes. */
  private long memory;

  private Unpickler(String operation, Object file, ByteBuffer data, long memory) {
    this.operation = operation;
    this.file = file;
    this.data = data;
    this.memory = memory;
  }

  /** A pickle's value and all storages that it speaks of, by their keys. */
  record Content(Object value, ImmutableMap<String, Pickle.Storage> storages) {}

  /**
   * Reads one pickle.
   *
   * @param data from its first byte on; afterwards at the first byte behind it
   * @param size of the file: the pickle and its values take at most three times that and 64 MB
   * @throws UsageError if it is broken, has operations that are not read, or needs more memory
   */
  static Content read(Path file, ByteBuffer data, long size) {
    return read("read weights", file, data, size);
  }

  /**
   * Reads one pickle.
   *
   * @param operation what messages call the reading
   * @param file what they call the file
   */
  static Content read(String operation, Object file, ByteBuffer data, long size) {
    Unpickler unpickler =
        new Unpickler(
            operation,
            file,
            data.order(ByteOrder.LITTLE_ENDIAN),
            MEMORY_FACTOR * size + MEMORY_MORE - data.capacity());
    try {
      Object value = unpickler.run();
      return new Content(value, ImmutableMap.copyOf(unpickler.storages));
    } catch (BufferUnderflowException e) {
      throw unpickler.broken("it ends within an operation");
    }
  }

  private Object run() {
    while (true) {
      int at = data.position();
      int opcode = Byte.toUnsignedInt(data.get());
      if (opcode == '.') {
        return pop();
      }
      take(size(opcode));
      step(opcode, at);
      if (stack.size() > MOST_VALUES || marks.size() > MOST_VALUES || memo.size() > MOST_VALUES) {
        throw broken("it needs more than a million values at once");
      }
    }
  }

  /** What an operation makes takes about so many bytes, beside its text and the values in it. */
  private static int size(int opcode) {
    return switch (opcode) {
      case '}', ']', ')', 0x8f, 's' -> 96;
      case 'q', 'r', 0x94 -> 80;
      case 'X', 0x8c, 0x8d, 'U', 'T', 'C', 'B', 0x8e, 0x96, 0x8a, 0x8b -> 72;
      case 'c', 0x93, 'R', 0x81, 'b', 'Q' -> 128;
      case '(', 't', 'J', 'M', 'G' -> 32;
      default -> 16;
    };
  }

  private void take(long bytes) {
    memory -= bytes;
    if (memory < 0) {
      throw UsageError.in(operation)
          .because("the pickle makes too many values for its size")
          .value("file", file)
          .value("byte", data.position())
          .maybe("the file is damaged, or made to fill the memory.");
    }
  }

  private void step(int opcode, int at) {
    switch (opcode) {
      case PROTO -> protocol();
      case 0x95 -> requireLeft(data.getLong());
      case '(' -> marks.push(stack.size());
      case '0' -> pop();
      case '1' -> marked();
      case '2' -> push(peek());
      case 'N' -> push(Pickle.None.NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'J' -> push((long) data.getInt());
      case 'K' -> push((long) Byte.toUnsignedInt(data.get()));
      case 'M' -> push((long) Short.toUnsignedInt(data.getShort()));
      case 0x8a -> push(integer(bytes(Byte.toUnsignedInt(data.get()))));
      case 0x8b -> push(integer(bytes(data.getInt())));
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(data.getLong())));
      case 'X' -> push(text(Integer.toUnsignedLong(data.getInt()), UTF_8));
      case 0x8c -> push(text(Byte.toUnsignedInt(data.get()), UTF_8));
      case 0x8d -> push(text(data.getLong(), UTF_8));
      case 'U' -> push(text(Byte.toUnsignedInt(data.get()), ISO_8859_1));
      case 'T' -> push(text(data.getInt(), ISO_8859_1));
      case 'C' -> push(bytes(Byte.toUnsignedInt(data.get())));
      case 'B' -> push(bytes(Integer.toUnsignedLong(data.getInt())));
      case 0x8e, 0x96 -> push(bytes(data.getLong()));
      case ')', ']' -> push(new ArrayList<>(0));
      case 't' -> push(marked());
      case 0x85 -> push(last(1));
      case 0x86 -> push(last(2));
      case 0x87 -> push(last(3));
      case 'a' -> append(last(1));
      case 'e', 0x90 -> append(marked());
      case '}' -> push(new LinkedHashMap<>());
      case 's' -> set(last(2));
      case 'u' -> set(marked());
      case 0x8f -> push(new ArrayList<>(0));
      case 0x91 -> push(marked());
      case 'q' -> memo.put((long) Byte.toUnsignedInt(data.get()), peek());
      case 'r' -> memo.put(Integer.toUnsignedLong(data.getInt()), peek());
      case 0x94 -> memo.put((long) memo.size(), peek());
      case 'h' -> push(remembered(Byte.toUnsignedInt(data.get())));
      case 'j' -> push(remembered(Integer.toUnsignedLong(data.getInt())));
      case 'c' -> push(new Pickle.Global(line() + "." + line()));
      case 0x93 -> {
        List<Object> names = last(2);
        push(new Pickle.Global(text(names.get(0)) + "." + text(names.get(1))));
      }
      case 'R' -> {
        List<Object> call = last(2);
        push(made(call.get(0), call.get(1)));
      }
      case 0x81 -> push(opaque(last(2).get(0)));
      case 'b' -> build(pop());
      case 'Q' -> push(persistent(pop()));
      default -> throw unknown(opcode, at);
    }
  }

  private void protocol() {
    int protocol = Byte.toUnsignedInt(data.get());
    if (protocol < 2 || protocol > 5) {
      throw broken("its protocol is %d, not 2 to 5".formatted(protocol));
    }
  }

  private UsageError unknown(int opcode, int at) {
    UsageError.Message message =
        UsageError.in(operation)
            .because(
                "the pickle has the operation 0x%02x at byte %d, which is not read", opcode, at)
            .value("file", file);
    return TEXT_OPCODES.indexOf(opcode) >= 0
        ? message.maybe(
            "it was written with pickle protocol 0 or 1: torch.save it anew, with protocol 2.")
        : message.maybe("the file is damaged, or no pickle of PyTorch's.");
  }

  private UsageError broken(String reason) {
    return UsageError.in(operation)
        .because("the pickle is broken: %s", reason)
        .value("file", file)
        .value("byte", data.position())
        .maybe("the file was cut short or damaged.");
  }

  private String text(long length, Charset charset) {
    requireLeft(length);
    if (charset.equals(UTF_8) && length > MOST_TEXT) {
      throw broken("a text has %d bytes".formatted(length));
    }
    take(2 * length);
    String text =
        new String(data.array(), data.arrayOffset() + data.position(), (int) length, charset);
    data.position(data.position() + (int) length);
    return text;
  }

  private byte[] bytes(long length) {
    requireLeft(length);
    take(length);
    byte[] bytes = new byte[(int) length];
    data.get(bytes);
    return bytes;
  }

  private void requireLeft(long length) {
    if (length < 0 || length > data.remaining()) {
      throw broken("a length is %d, but %d bytes are left".formatted(length, data.remaining()));
    }
  }

  /** Two's complement in little-endian order. */
  private static Object integer(byte[] bytes) {
    if (bytes.length == 0) {
      return 0L;
    }
    Bytes.reverse(bytes);
    BigInteger value = new BigInteger(bytes);
    return value.bitLength() < Long.SIZE ? value.longValue() : value;
  }

  private String line() {
    int begin = data.position();
    while (data.get() != '\n') {
      // To the end of the line.
    }
    take(2L * (data.position() - begin));
    byte[] line = new byte[data.position() - begin - 1];
    data.get(begin, line);
    return new String(line, UTF_8);
  }

  private void push(Object value) {
    stack.add(value);
  }

  private int bottom() {
    return marks.isEmpty() ? 0 : marks.peek();
  }

  private Object peek() {
    if (stack.size() <= bottom()) {
      throw broken("an operation lacks its operand");
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object value = peek();
    stack.remove(stack.size() - 1);
    return value;
  }

  private List<Object> last(int count) {
    if (stack.size() - bottom() < count) {
      throw broken("an operation lacks its operand");
    }
    return cut(stack.size() - count);
  }

  private List<Object> marked() {
    if (marks.isEmpty()) {
      throw broken("an operation lacks its mark");
    }
    return cut(marks.pop());
  }

  private List<Object> cut(int from) {
    List<Object> tail = stack.subList(from, stack.size());
    take(Long.BYTES * (long) tail.size());
    List<Object> values = new ArrayList<>(tail);
    tail.clear();
    return values;
  }

  private Object remembered(long number) {
    Object value = memo.get(number);
    if (value == null) {
      throw broken("it recalls a value that it did not keep");
    }
    return value;
  }

  private String text(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw broken("a name is not a text");
  }

  @SuppressWarnings("unchecked") // All lists on the stack were made here.
  private void append(List<Object> values) {
    if (peek() instanceof List<?> list) {
      ((List<Object>) list).addAll(values);
    }
  }

  @SuppressWarnings("unchecked") // All maps on the stack were made here.
  private void set(List<Object> keysAndValues) {
    if (keysAndValues.size() % 2 != 0) {
      throw broken("a key has no value");
    }
    if (peek() instanceof Map<?, ?> map) {
      take(ENTRY_BYTES * (long) keysAndValues.size());
      for (int i = 0; i < keysAndValues.size(); i += 2) {
        // Keys that are lists would be compared element by element.
        if (keysAndValues.get(i) instanceof String || keysAndValues.get(i) instanceof Long) {
          ((Map<Object, Object>) map).put(keysAndValues.get(i), keysAndValues.get(i + 1));
        }
      }
    }
  }

  /** An array of NumPy's gets its content; whatever else objects are told is dropped. */
  private void build(Object state) {
    if (peek() instanceof Pickle.EmptyArray) {
      pop();
      push(
          state instanceof List<?> parts
              ? Pickle.ByteArray.of(parts).<Object>map(Function.identity()).orElse(OTHER_ARRAY)
              : OTHER_ARRAY);
    }
  }

  private static Object opaque(Object of) {
    return new Pickle.Opaque(
        of instanceof Pickle.Global global
            ? global.name()
            : of instanceof Pickle.Opaque known ? known.name() : "a value");
  }

  private static Object made(Object function, Object arguments) {
    List<?> values = arguments instanceof List<?> list ? list : List.of();
    String name = function instanceof Pickle.Global global ? global.name() : "";
    Optional<?> known =
        switch (name) {
          case "collections.OrderedDict" ->
              values.isEmpty() ? Optional.of(new LinkedHashMap<>()) : Optional.empty();
          case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" ->
              Pickle.Tensor.of(values);
          case "torch._utils._rebuild_parameter" ->
              values.stream().limit(1).filter(Pickle.Tensor.class::isInstance).findFirst();
          case "numpy.core.multiarray._reconstruct" -> Optional.of(new Pickle.EmptyArray());
          case "numpy.dtype" ->
              values.stream()
                  .limit(1)
                  .filter(String.class::isInstance)
                  .map(type -> new Pickle.NumberType((String) type))
                  .findFirst();
          default -> Optional.empty();
        };
    return known.isPresent() ? known.get() : opaque(function);
  }

  /** Of {@code ("storage", type, key, device, count)}, in old files with a view, which is None. */
  private Object persistent(Object identity) {
    if (!(identity instanceof List<?> parts)
        || (parts.size() != 5 && parts.size() != 6)
        || !parts.get(0).equals("storage")
        || !(parts.get(1) instanceof Pickle.Global type)
        || !(parts.get(2) instanceof String key)
        || !(parts.get(4) instanceof Long count)
        || !STORAGES.containsKey(type.name())) {
      return new Pickle.Opaque("a storage of another kind");
    }
    Pickle.Storage storage = new Pickle.Storage(STORAGES.get(type.name()), key, count);
    if (!storages.computeIfAbsent(key, k -> storage).equals(storage)) {
      throw broken("it gives a storage two types or sizes");
    }
    return parts.size() == 5 || parts.get(5) == Pickle.None.NONE
        ? storage
        : new Pickle.Opaque("a part of a storage");
  }
}
