package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names and layouts of torchvision's networks, and those of others that mean the same. */
final class TorchNames {
  private static final Pattern CHILD = Pattern.compile("(.*?)(\\d{1,4})\\.0\\.conv1\\.weight");
  private static final int STAGES = 4;

  private TorchNames() {}

  /** The same name with dots. */
  static String dotted(String own) {
    return own.replace('/', '.');
  }

  static String withDot(String prefix) {
    return prefix.isEmpty() || prefix.endsWith(".") ? prefix : prefix + ".";
  }

  /**
   * The names of a file by those of torchvision: statistics of a list of normalizations are those
   * of the first one (SDCLR), {@code downsample.conv} is {@code downsample.0}, and the children of
   * a sequence are named ({@code backbone.0} of lightly is {@code backbone.conv1}).
   */
  static ImmutableMap<String, String> of(Collection<String> names) {
    Map<String, String> sequences = sequences(names);
    Map<String, String> canonical = new LinkedHashMap<>();
    for (String name : names) {
      String plain =
          dotted(name)
              .replace(".bn_list.0.", ".")
              .replace(".downsample.conv.", ".downsample.0.")
              .replace(".downsample.bn.", ".downsample.1.");
      for (Map.Entry<String, String> child : sequences.entrySet()) {
        if (plain.startsWith(child.getKey())) {
          plain = child.getValue() + plain.substring(child.getKey().length());
          break;
        }
      }
      canonical.putIfAbsent(plain, name);
    }
    return ImmutableMap.copyOf(canonical);
  }

  /** The children of sequences: of {@code backbone.4.} for instance {@code backbone.layer1.}. */
  private static Map<String, String> sequences(Collection<String> names) {
    Map<String, TreeSet<Integer>> stages = new LinkedHashMap<>();
    for (String name : names) {
      Matcher child = CHILD.matcher(name);
      if (child.matches() && (child.group(1).isEmpty() || child.group(1).endsWith("."))) {
        stages
            .computeIfAbsent(child.group(1), prefix -> new TreeSet<>())
            .add(Integer.valueOf(child.group(2)));
      }
    }
    Map<String, String> sequences = new LinkedHashMap<>();
    stages.forEach(
        (prefix, numbers) -> {
          if (numbers.size() == STAGES && names.contains(prefix + "0.weight")) {
            sequences.put(prefix + "0.", prefix + "conv1.");
            sequences.put(prefix + "1.", prefix + "bn1.");
            int stage = 1;
            for (int number : numbers) {
              sequences.put(prefix + number + ".", prefix + "layer" + stage++ + ".");
            }
          }
        });
    return sequences;
  }

  /** The dimensions that a variable has in PyTorch's layout. */
  static ImmutableList<Long> dims(Expr variable) {
    Shape shape = variable.shape();
    return switch (shape.rank()) {
      case 4 -> longs(shape.dim(3), shape.dim(2), shape.dim(0), shape.dim(1));
      case 2 -> longs(shape.dim(1), shape.dim(0));
      default -> longs(shape.toArray());
    };
  }

  /** Dimensions of this program's layout in PyTorch's. */
  static ImmutableList<Long> torchDims(ImmutableList<Long> own) {
    return switch (own.size()) {
      case 4 -> ImmutableList.of(own.get(3), own.get(2), own.get(0), own.get(1));
      case 2 -> own.reverse();
      default -> own;
    };
  }

  private static ImmutableList<Long> longs(int... dims) {
    return Arrays.stream(dims).asLongStream().boxed().collect(ImmutableList.toImmutableList());
  }

  /** An array of PyTorch's layout in this program's. */
  static Array own(Array array) {
    return switch (array.shape().rank()) {
      case 4 -> permuted(array, 2, 3, 1, 0);
      case 2 -> permuted(array, 1, 0);
      default -> array;
    };
  }

  /** An array of this program's layout in PyTorch's. */
  static Array torch(Array array) {
    return switch (array.shape().rank()) {
      case 4 -> permuted(array, 3, 2, 0, 1);
      case 2 -> permuted(array, 1, 0);
      default -> array;
    };
  }

  /** Axis k of the result is axis {@code axes[k]} of the array. */
  private static Array permuted(Array array, int... axes) {
    int[] dims = array.shape().toArray();
    int[] strides = new int[dims.length];
    for (int axis = dims.length - 1, stride = 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= dims[axis];
    }
    return array.asStrided(
        Shape.of(Arrays.stream(axes).map(axis -> dims[axis]).toArray()),
        Arrays.stream(axes).map(axis -> strides[axis]).toArray());
  }

  /** What an encoder is, for a message. */
  static String architecture(Variables encoder) {
    Expr stem = encoder.leaves().get("conv1/weight");
    return stem == null || !encoder.names().contains("layer1/0/conv1/weight")
        ? "no ResNet"
        : architecture(encoder.names().contains("layer1/0/conv3/weight"), stem.shape().dim(0));
  }

  static String architecture(boolean hasBottlenecks, long kernel) {
    return "%s, stem of %d x %d pixels"
        .formatted(hasBottlenecks ? "resnet50" : "resnet18", kernel, kernel);
  }

  /** The same names and values for PyTorch. */
  static ImmutableMap<String, Array> torch(Map<String, Array> own) {
    ImmutableMap.Builder<String, Array> arrays = ImmutableMap.builder();
    own.forEach((name, array) -> arrays.put(dotted(name), torch(array)));
    return arrays.buildOrThrow();
  }

  /** Whether the names are those of a residual network. */
  static boolean isResNet(Collection<String> own) {
    return own.containsAll(List.of("conv1/weight", "layer1/0/conv1/weight"));
  }
}
