package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.List;

/**
 * A classifier of images of 131,466 weights: four convolutions 3x3 with bias and rectifier, 3 -> 32
 * (stride 1) -> 64 -> 64 -> 128 (stride 2), bordered as by TensorFlow's SAME, the mean over all
 * places, and a dense layer to ten classes.
 */
final class SmallNetwork {
  static final int CLASSES = 10;
  private static final int[][] CHANNELS = {{3, 32, 1}, {32, 64, 2}, {64, 64, 2}, {64, 128, 2}};
  private static final int LAST = 128;

  private SmallNetwork() {}

  /** Half of He's uniform range for filters and matrix, zero for what is added. */
  static Variables weights() {
    List<Expr> weights = new ArrayList<>();
    for (int layer = 0; layer < CHANNELS.length; layer++) {
      int in = CHANNELS[layer][0];
      int out = CHANNELS[layer][1];
      Array filter = SplitMixArrays.uniform(100 + 2L * layer, 3, 3, in, out);
      weights.add(Expr.variable("filter " + layer, scaled(range(9 * in), filter)));
      weights.add(Expr.variable("bias " + layer, zeros(out)));
    }
    Array matrix = SplitMixArrays.uniform(120, LAST, CLASSES);
    weights.add(Expr.variable("matrix", scaled(range(LAST), matrix)));
    weights.add(Expr.variable("shift", zeros(CLASSES)));
    return Variables.of(weights);
  }

  /** The weights of each layer. */
  static ImmutableMap<String, Variables> layers(Variables weights) {
    ImmutableMap.Builder<String, Variables> layers = ImmutableMap.builder();
    for (int layer = 0; layer < CHANNELS.length; layer++) {
      String number = " " + layer;
      layers.put("convolution" + number, weights.where(name -> name.endsWith(number)));
    }
    return layers
        .put("dense", Variables.of(weights.get("matrix"), weights.get("shift")))
        .buildOrThrow();
  }

  private static double range(int inputs) {
    return Math.sqrt(6.0 / inputs) / 2;
  }

  private static Array scaled(double scale, Array array) {
    return Array.fill(array.shape(), i -> scale * array.at(i));
  }

  private static Array zeros(int size) {
    return Array.vector(new double[size]);
  }

  /** The logits {@code [n, 10]} of images {@code [n, h, w, 3]}. */
  static Expr logits(Vector weights, Expr images) {
    Expr h = images;
    for (int layer = 0; layer < CHANNELS.length; layer++) {
      Expr filter = weights.get("filter " + layer);
      int stride = CHANNELS[layer][2];
      Window window = stride == 1 ? Window.of(1, 1) : new Window(stride, stride, 0, 1, 0, 1);
      h =
          Expr.of(new Convolution.Forward(window), h, filter)
              .plus(weights.get("bias " + layer))
              .relu();
    }
    return h.globalAveragePool().matmul(weights.get("matrix")).plus(weights.get("shift"));
  }
}
