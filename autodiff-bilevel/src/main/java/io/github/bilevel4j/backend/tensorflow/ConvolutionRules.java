package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.tensorflow.GraphOperationBuilder;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** The two-dimensional convolution and its two adjoints. */
final class ConvolutionRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Convolution.Forward.class, ConvolutionRules::forward),
          rule(Convolution.ImageGradient.class, ConvolutionRules::imageGradient),
          rule(Convolution.FilterGradient.class, ConvolutionRules::filterGradient));

  /** The channels that vector instructions take together. */
  private static final int BLOCK = 16;

  /** The channels from which products of matrices are faster than a convolution's gradient. */
  private static final int DEEP = 256;

  private ConvolutionRules() {}

  private static Lowered forward(Convolution.Forward op, Expr node, Lowering in) {
    Window window = op.window();
    Shape image = node.input(0).shape();
    Shape filter = node.input(1).shape();
    Output<?> x = in.factor(node.input(0));
    Output<?> w = in.factor(node.input(1));
    boolean apart = reachesIntoBorder(window, filter);
    boolean leaves = leavesImage(window, image, filter);
    if (apart || leaves) {
      // Kernels for rounded factors are wrong here: the others take these factors as they are.
      x = in.fromFactor(x);
      w = in.fromFactor(w);
    }
    Output<?> product;
    if (leaves) {
      // Without what lies behind the only window: kernels are wrong there where strides differ.
      Shape met = elementsMet(window, node.shape(), filter);
      product =
          in.op(
              "Conv2D",
              geometry(inside(window), image.withDim(1, met.dim(0)).withDim(2, met.dim(1)), filter),
              in.op(
                  "Slice",
                  bordered(window, x, in),
                  in.ints(0, 0, 0, 0),
                  in.ints(image.dim(0), met.dim(0), met.dim(1), image.dim(3))),
              w);
    } else {
      product =
          in.op(
              "Conv2D",
              apart ? geometryInside(window, image, filter) : geometry(window, image, filter),
              apart ? bordered(window, x, in) : x,
              w);
    }
    return Lowered.of(product, node.shape());
  }

  private static Lowered imageGradient(Convolution.ImageGradient op, Expr node, Lowering in) {
    Window window = op.window();
    Shape filter = node.input(0).shape();
    if (!isExplicit(window, op.image(), filter)) {
      return Lowered.of(imageGradient(window, op.image(), node, in), node.shape());
    }
    // TensorFlow's kernel for explicit borders is up to 30 times slower: cut them off the gradient
    // in the image with its borders instead.
    return Lowered.of(
        in.op(
            "Slice",
            imageGradient(inside(window), window.bordered(op.image()), node, in),
            in.ints(0, window.top(), window.left(), 0),
            in.ints(op.image().toArray())),
        node.shape());
  }

  private static Output<?> imageGradient(Window window, Shape image, Expr node, Lowering in) {
    return in.op(
        "Conv2DBackpropInput",
        geometry(window, image, node.input(0).shape()),
        in.ints(image.toArray()),
        in.factor(node.input(0)),
        in.factor(node.input(1)));
  }

  private static Lowered filterGradient(Convolution.FilterGradient op, Expr node, Lowering in) {
    Window window = op.window();
    Shape image = node.input(0).shape();
    Shape filter = op.filter();
    // oneDNN has no kernel for explicit borders, and TensorFlow's own is slower, in bfloat16 by
    // far.
    boolean apart = reachesIntoBorder(window, filter);
    boolean before = apart || isExplicit(window, image, filter);
    Consumer<GraphOperationBuilder> geometry =
        before ? geometryInside(window, image, filter) : geometry(window, image, filter);
    if (fillsBlocks(filter) && !apart && !leavesImage(window, image, filter)) {
      Output<?> x = in.factor(node.input(0));
      Output<?> a = in.factor(node.input(1));
      Output<?> gradient =
          isRounded(x) && hasUnitStrides(window) && isDeep(filter)
              ? filterGradientByElements(
                  bordered(window, x, in), a, node.input(1).shape(), filter, in)
              : filterGradient(geometry, before ? bordered(window, x, in) : x, a, filter, in);
      // Parameters and what is added up for them are not rounded.
      return Lowered.of(in.fromFactor(gradient), node.shape());
    }
    Output<?> x = in.value(node.input(0));
    Output<?> a = in.value(node.input(1));
    if (isFragile(window, filter)) {
      Output<?> read = elementsRead(window, bordered(window, x, in), node.input(1).shape(), in);
      return Lowered.of(
          filterGradient(builder -> unitStrides(builder), read, a, filter, in), node.shape());
    }
    return Lowered.of(
        filterGradient(geometry, before ? bordered(window, x, in) : x, a, filter, in),
        node.shape());
  }

  private static Output<?> filterGradient(
      Consumer<GraphOperationBuilder> geometry,
      Output<?> image,
      Output<?> a,
      Shape filter,
      Lowering in) {
    return in.op("Conv2DBackpropFilter", geometry, image, in.ints(filter.toArray()), a);
  }

  /**
   * One product of matrices for each element of the filter, {@code X_pq^T A}, where a row of {@code
   * X_pq} is what the element meets of a window. With many channels that is faster than oneDNN's
   * gradient of the filter for bfloat16, not that for single precision.
   */
  private static Output<?> filterGradientByElements(
      Output<?> image, Output<?> adjoint, Shape output, Shape filter, Lowering in) {
    int windows = output.dim(0) * output.dim(1) * output.dim(2);
    Output<?> a = in.op("Reshape", adjoint, in.ints(windows, filter.dim(3)));
    Output<?> size = in.ints(output.withDim(3, filter.dim(2)).toArray());
    List<Output<?>> products = new ArrayList<>();
    for (int row = 0; row < filter.dim(0); row++) {
      for (int column = 0; column < filter.dim(1); column++) {
        Output<?> met = in.op("Slice", image, in.ints(0, row, column, 0), size);
        products.add(
            in.op(
                "MatMul",
                builder -> builder.setAttr("transpose_a", true),
                in.op("Reshape", met, in.ints(windows, filter.dim(2))),
                a));
      }
    }
    Output<?> stacked =
        in.operation("Pack", builder -> builder.addInputList(products.toArray(Output<?>[]::new)))
            .output(0);
    return in.op("Reshape", stacked, in.ints(filter.toArray()));
  }

  private static boolean isRounded(Output<?> value) {
    return value.dataType() == DataType.DT_BFLOAT16;
  }

  private static boolean isDeep(Shape filter) {
    return Math.min(filter.dim(2), filter.dim(3)) >= DEEP;
  }

  /**
   * Whether it is a filter of one element with strides, for which the processor's kernel writes
   * outside of its memory unless the channels fill its blocks.
   */
  private static boolean isFragile(Window window, Shape filter) {
    return filter.dim(0) == 1
        && filter.dim(1) == 1
        && !hasUnitStrides(window)
        && !fillsBlocks(filter);
  }

  private static boolean hasUnitStrides(Window window) {
    return window.strideHeight() == 1 && window.strideWidth() == 1;
  }

  private static boolean fillsBlocks(Shape filter) {
    return filter.dim(2) % BLOCK == 0 && filter.dim(3) % BLOCK == 0;
  }

  /** The elements of an image that a filter of one element meets. */
  private static Output<?> elementsRead(Window window, Output<?> image, Shape output, Lowering in) {
    int rows = output.dim(1);
    int columns = output.dim(2);
    return in.op(
        "StridedSlice",
        builder -> builder.setAttr("begin_mask", 0b1001).setAttr("end_mask", 0b1001),
        image,
        in.ints(0, 0, 0, 0),
        in.ints(
            0, (rows - 1) * window.strideHeight() + 1, (columns - 1) * window.strideWidth() + 1, 0),
        in.ints(1, window.strideHeight(), window.strideWidth(), 1));
  }

  private static void unitStrides(GraphOperationBuilder builder) {
    builder.setAttr("strides", new long[] {1, 1, 1, 1}).setAttr("padding", "VALID");
  }

  /**
   * Whether a window may lie wholly in the border, on zeros alone. TensorFlow's kernels for the
   * processor read outside of the image then: the image must get its border before.
   */
  private static boolean reachesIntoBorder(Window window, Shape filter) {
    return Math.max(window.top(), window.bottom()) >= filter.dim(0)
        || Math.max(window.left(), window.right()) >= filter.dim(1);
  }

  /** Rows and columns from the first to the last that a window meets. */
  private static Shape elementsMet(Window window, Shape output, Shape filter) {
    return Shape.of(
        (output.dim(1) - 1) * window.strideHeight() + filter.dim(0),
        (output.dim(2) - 1) * window.strideWidth() + filter.dim(1));
  }

  /** Whether there is one window along an axis that has elements behind it. */
  private static boolean leavesImage(Window window, Shape image, Shape filter) {
    Shape bordered = window.bordered(image);
    int below = bordered.dim(1) - filter.dim(0);
    int behind = bordered.dim(2) - filter.dim(1);
    return (below > 0 && window.strideHeight() > below)
        || (behind > 0 && window.strideWidth() > behind);
  }

  private static Output<?> bordered(Window window, Output<?> image, Lowering in) {
    Output<?> borders =
        in.op(
            "Reshape",
            in.ints(0, 0, window.top(), window.bottom(), window.left(), window.right(), 0, 0),
            in.ints(4, 2));
    // Not by "Pad", which an optimizer would put back into the convolution.
    Output<?> zero = in.scalar(0);
    return in.op(
        "PadV2",
        image,
        borders,
        image.dataType() == in.real() ? zero : in.cast(zero, image.dataType()));
  }

  private static Window inside(Window window) {
    return new Window(window.strideHeight(), window.strideWidth(), 0, 0, 0, 0);
  }

  /** For an image that has its border. */
  private static Consumer<GraphOperationBuilder> geometryInside(
      Window window, Shape image, Shape filter) {
    return geometry(inside(window), window.bordered(image), filter);
  }

  private static Consumer<GraphOperationBuilder> geometry(
      Window window, Shape image, Shape filter) {
    boolean valid = isValid(window);
    boolean same = !valid && isSame(window, image, filter);
    Shape bordered = window.bordered(image);
    // Strides with the same positions that do not leave the image: kernels overflow there.
    long height = same ? image.dim(1) : (long) bordered.dim(1) - filter.dim(0) + 1;
    long width = same ? image.dim(2) : (long) bordered.dim(2) - filter.dim(1) + 1;
    return builder -> {
      builder.setAttr(
          "strides",
          new long[] {
            1,
            Rules.stride(window.strideHeight(), height),
            Rules.stride(window.strideWidth(), width),
            1
          });
      if (valid) {
        builder.setAttr("padding", "VALID");
      } else if (same) {
        builder.setAttr("padding", "SAME");
      } else {
        builder
            .setAttr("padding", "EXPLICIT")
            .setAttr(
                "explicit_paddings",
                new long[] {
                  0, 0, window.top(), window.bottom(), window.left(), window.right(), 0, 0
                });
      }
    };
  }

  /** Whether borders must be told one by one. */
  private static boolean isExplicit(Window window, Shape image, Shape filter) {
    return !isValid(window) && !isSame(window, image, filter);
  }

  private static boolean isValid(Window window) {
    return window.top() == 0 && window.bottom() == 0 && window.left() == 0 && window.right() == 0;
  }

  private static boolean isSame(Window window, Shape image, Shape filter) {
    return isSame(image.dim(1), filter.dim(0), window.strideHeight(), window.top(), window.bottom())
        && isSame(image.dim(2), filter.dim(1), window.strideWidth(), window.left(), window.right());
  }

  /**
   * Whether the borders are those that TensorFlow's SAME puts there: {@code ceil(size / stride)}
   * positions, and of the zeros needed for them the smaller half before the image. With stride 2
   * and an even size these are not the usual equal borders.
   */
  private static boolean isSame(int size, int window, int stride, int before, int after) {
    long positions = ((long) size + stride - 1) / stride;
    long border = Math.max((positions - 1) * stride + window - size, 0);
    return before == border / 2 && after == border - border / 2;
  }
}
