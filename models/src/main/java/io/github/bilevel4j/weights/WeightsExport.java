package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.shape.Array;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Weights for other programs: names with dots, convolutions and dense layers in PyTorch's layout,
 * and with each running variance the counter {@code num_batches_tracked} of its layer.
 */
public final class WeightsExport {
  private static final String VARIANCE = "running_var";
  private static final String COUNTER = "num_batches_tracked";
  private static final Pattern BN = Pattern.compile("bn(\\d)\\.");

  private final ImmutableMap<String, Array> arrays;
  private final ImmutableMap<String, String> metadata;

  private WeightsExport(ImmutableMap<String, Array> arrays, ImmutableMap<String, String> metadata) {
    this.arrays = arrays;
    this.metadata = metadata;
  }

  /**
   * Arrays by this program's names and in its layouts.
   *
   * @param steps the number of training steps, which the counters say
   * @param metadata texts about them, for the safetensors format
   */
  public static WeightsExport of(Map<String, Array> own, long steps, Map<String, String> metadata) {
    Map<String, Array> arrays = new LinkedHashMap<>();
    TorchNames.torch(own)
        .forEach(
            (name, array) -> {
              arrays.put(name, array);
              if (name.endsWith(VARIANCE)) {
                arrays.put(
                    name.substring(0, name.length() - VARIANCE.length()) + COUNTER,
                    Array.scalar((double) steps));
              }
            });
    return new WeightsExport(ImmutableMap.copyOf(arrays), ImmutableMap.copyOf(metadata));
  }

  /** The names and dimensions, in the order in which they are written. */
  public ImmutableMap<String, ImmutableList<Long>> shapes() {
    ImmutableMap.Builder<String, ImmutableList<Long>> shapes = ImmutableMap.builder();
    arrays.forEach((name, array) -> shapes.put(name, dims(array)));
    return shapes.buildOrThrow();
  }

  private static ImmutableList<Long> dims(Array array) {
    return Arrays.stream(array.shape().toArray())
        .asLongStream()
        .boxed()
        .collect(ImmutableList.toImmutableList());
  }

  private static ElementType type(String name) {
    return name.endsWith(COUNTER) ? ElementType.I64 : ElementType.F32;
  }

  /**
   * Writes safetensors in single precision, whose metadata {@code format} says {@code pt}.
   *
   * @throws WriteException if it cannot be written
   */
  public void safetensors(Path file) {
    ImmutableMap<String, String> texts =
        ImmutableMap.<String, String>builder().put("format", "pt").putAll(metadata).buildOrThrow();
    SafeTensors.write(file, ArraySource.of(arrays), WeightsExport::type, texts);
  }

  /**
   * Writes a dictionary of tensors in single precision that {@code torch.load(weights_only=True)}
   * reads.
   *
   * @throws WriteException if it cannot be written
   */
  public void pytorch(Path file) {
    WholeFile.write(
        file,
        out -> {
          ZipOutputStream zip = new ZipOutputStream(out);
          stored(zip, "archive/data.pkl", pickle());
          stored(zip, "archive/byteorder", "little".getBytes(UTF_8));
          int key = 0;
          for (Map.Entry<String, Array> entry : arrays.entrySet()) {
            stored(zip, "archive/data/" + key++, bytes(entry.getValue(), type(entry.getKey())));
          }
          stored(zip, "archive/version", "3\n".getBytes(UTF_8));
          zip.finish();
        });
  }

  private byte[] pickle() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PickleWriter pickle = new PickleWriter(bytes);
    pickle.protocol(2).global("collections", "OrderedDict").ops(")R(");
    int key = 0;
    for (Map.Entry<String, Array> entry : arrays.entrySet()) {
      ImmutableList<Long> dims = dims(entry.getValue());
      String storage = type(entry.getKey()) == ElementType.I64 ? "LongStorage" : "FloatStorage";
      pickle
          .text(entry.getKey())
          .global("torch._utils", "_rebuild_tensor_v2")
          .ops("((")
          .text("storage")
          .global("torch", storage)
          .text(Integer.toString(key++))
          .text("cpu")
          .integer(entry.getValue().size())
          .ops("tQ")
          .integer(0)
          .integers(dims)
          .integers(StoredTensor.contiguous(dims))
          .op(0x89)
          .global("collections", "OrderedDict")
          .ops(")RtR");
    }
    pickle.ops("u.");
    return bytes.toByteArray();
  }

  private static void stored(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setTime(0);
    entry.setSize(content.length);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] bytes(Array array, ElementType type) {
    ByteBuffer buffer =
        ByteBuffer.allocate(Math.multiplyExact(array.size(), type.bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < array.size(); i++) {
      type.put(buffer, array.at(i));
    }
    return buffer.array();
  }

  /**
   * Writes what Detectron2's loader takes: a pickle of NumPy arrays by Detectron2's names of a
   * ResNet, without counters.
   *
   * @throws UsageError if the first convolution has not 7 x 7 pixels, as Detectron2's has
   * @throws WriteException if it cannot be written
   */
  public void detectron2(Path file) {
    requireStem();
    WholeFile.write(
        file,
        out -> {
          PickleWriter pickle = new PickleWriter(out);
          pickle.protocol(3).ops("}(").text("model").ops("}(");
          for (Map.Entry<String, Array> entry : arrays.entrySet()) {
            if (!entry.getKey().endsWith(COUNTER)) {
              pickle.text(detectron2Name(entry.getKey()));
              numpy(out, pickle, entry.getValue());
            }
          }
          pickle.ops("u").text("__author__").text("bilevel4j");
          pickle.text("matching_heuristics").op(0x88).ops("u.");
        });
  }

  private void requireStem() {
    Array stem = arrays.get("conv1.weight");
    if (stem == null || stem.shape().dim(-1) != 7) {
      throw UsageError.in("export")
          .because("Detectron2 takes ResNets with the stem of 7 x 7 pixels alone")
          .value("stem", stem == null ? "none" : stem.shape())
          .maybe("--to torchvision or --to pytorch was meant.");
    }
  }

  /** For instance {@code res2.0.conv1.norm.weight} of {@code layer1.0.bn1.weight}. */
  static String detectron2Name(String name) {
    String staged = name;
    if (name.startsWith("layer")) {
      int stage = name.charAt("layer".length()) - '0';
      staged = "res" + (stage + 1) + name.substring("layer1".length());
    } else {
      staged = "stem." + name;
    }
    return BN.matcher(staged)
        .replaceAll("conv$1.norm.")
        .replace("downsample.0.", "shortcut.")
        .replace("downsample.1.", "shortcut.norm.");
  }

  /** As NumPy pickles an array: an empty one that is then given its shape, type and bytes. */
  private static void numpy(OutputStream out, PickleWriter pickle, Array array) throws IOException {
    pickle
        .global("numpy.core.multiarray", "_reconstruct")
        .global("numpy", "ndarray")
        .integers(ImmutableList.of(0L))
        .bytesHeader(1);
    out.write('b');
    pickle.op(0x87).ops("R(").integer(1).integers(dims(array));
    pickle.global("numpy", "dtype").text("f4").op(0x89).op(0x88).op(0x87).ops("R(");
    pickle.integer(3).text("<").ops("NNN").integer(-1).integer(-1).integer(0).ops("tb").op(0x89);
    byte[] bytes = bytes(array, ElementType.F32);
    pickle.bytesHeader(bytes.length);
    out.write(bytes);
    pickle.ops("tb");
  }
}
