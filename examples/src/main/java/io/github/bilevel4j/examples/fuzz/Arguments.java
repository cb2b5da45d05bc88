package io.github.bilevel4j.examples.fuzz;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** Random operands and attributes, mostly such that they fit. */
final class Arguments {
  /** Which shapes the operands of a case have. */
  private enum Theme {
    ANY,
    ALIKE,
    SQUARE,
    IMAGES
  }

  /** Which values they have. */
  private enum Values {
    MODERATE,
    INTEGERS,
    SPECIAL
  }

  private static final int LARGEST = 512;

  private final Chance chance;
  private final Theme theme;
  private final Values values;
  private final List<Expr> pool = new ArrayList<>();
  private final Map<Expr, Array> leaves = new LinkedHashMap<>();
  private final List<String> text = new ArrayList<>();
  private Feed feed = Feed.none();

  Arguments(Chance chance) {
    this.chance = chance;
    theme = Theme.values()[chance.below(Theme.values().length)];
    values = Values.values()[chance.below(Values.values().length)];
  }

  /**
   * Makes a few leaves to begin with.
   *
   * @throws io.github.bilevel4j.check.UsageError if a shape is refused
   */
  void begin() {
    Shape base = shape();
    int count = 1 + chance.below(3);
    for (int i = 0; i < count; i++) {
      pool.add(leaf(theme == Theme.ANY ? shape() : base));
    }
  }

  boolean isModerate() {
    return values == Values.MODERATE;
  }

  List<Expr> pool() {
    return pool;
  }

  /** The variables and inputs with their values. */
  Map<Expr, Array> leaves() {
    return leaves;
  }

  Feed feed() {
    return feed;
  }

  List<String> text() {
    return text;
  }

  /** An operand for a method that is called on it. */
  Expr operand() {
    return chance.happens(0.6) ? pool.get(pool.size() - 1) : chance.pick(pool);
  }

  /** An operand beside another one. */
  Expr beside(Expr first) {
    if (chance.happens(0.6)) {
      List<Expr> alike = pool.stream().filter(each -> each.shape().equals(first.shape())).toList();
      return alike.isEmpty() ? leaf(first.shape()) : chance.pick(alike);
    }
    return switch (chance.below(5)) {
      case 0 -> chance.pick(pool);
      case 1 -> leaf(Shape.scalar());
      case 2 -> positions(first);
      case 3 -> theme == Theme.IMAGES ? filter(first) : leaf(first.shape());
      default -> leaf(theme == Theme.IMAGES ? window(first) : shape());
    };
  }

  /** An operand with one number for each channel of another one. */
  Expr forEachChannel(Expr first) {
    return first.shape().rank() > 0 && chance.happens(0.9)
        ? leaf(Shape.of(first.shape().dim(-1)))
        : beside(first);
  }

  private Expr positions(Expr table) {
    int rows = table.shape().rank() == 0 ? 1 : Math.max(1, table.shape().dim(0));
    Shape shape =
        table.shape().rank() > 0 && chance.happens(0.5)
            ? Shape.of(table.shape().dim(0))
            : Shape.of(chance.below(4));
    boolean wild = chance.happens(0.15);
    return added(
        Expr.variable(
            "indices" + leaves.size(),
            Array.fill(shape, i -> wild ? chance.below(9) - 4 : chance.below(rows))));
  }

  private Expr filter(Expr image) {
    int channels = image.shape().rank() == 4 ? image.shape().dim(3) : 1;
    return leaf(Shape.of(1 + chance.below(3), 1 + chance.below(3), channels, chance.below(3)));
  }

  /** The shape of what a window over an image may give. */
  private Shape window(Expr image) {
    return image.shape().rank() == 4
        ? Shape.of(
            image.shape().dim(0),
            Math.max(1, image.shape().dim(1) / 2),
            Math.max(1, image.shape().dim(2) / 2),
            image.shape().dim(3))
        : shape();
  }

  private Expr leaf(Shape shape) {
    if (shape.size() > LARGEST) {
      return leaf(Shape.scalar());
    }
    Array array = array(shape);
    return switch (chance.below(4)) {
      case 0 -> {
        Expr constant = Expr.constant(array);
        text.add("constant " + described(array));
        yield constant;
      }
      case 1 -> {
        Expr input = Expr.input("x" + leaves.size(), shape.toArray());
        feed = feed.and(input, array);
        leaves.put(input, array);
        text.add(input.name() + " = input " + described(array));
        yield input;
      }
      default -> added(Expr.variable("x" + leaves.size(), array));
    };
  }

  private Expr added(Expr variable) {
    Array start = ((Leaf.Variable) variable.op()).initializer().values(variable.shape());
    leaves.put(variable, start);
    text.add(variable.name() + " = variable " + described(start));
    return variable;
  }

  private static String described(Array array) {
    return array.shape() + " " + Arrays.toString(array.toDoubles());
  }

  private Array array(Shape shape) {
    if (theme == Theme.SQUARE && shape.rank() > 1 && chance.happens(0.5)) {
      int size = shape.dim(-1);
      return Array.fill(shape, i -> i % size == i / size % size ? 3 + chance.moderate() / 3 : 0.25);
    }
    boolean some = values == Values.SPECIAL && chance.happens(0.5);
    return Array.fill(
        shape,
        i ->
            switch (values) {
              case MODERATE -> chance.moderate();
              case INTEGERS -> chance.below(6) - 2;
              case SPECIAL -> some && chance.happens(0.7) ? chance.moderate() : chance.special();
            });
  }

  private Shape shape() {
    return switch (theme) {
      case SQUARE -> {
        int size = size();
        yield chance.happens(0.5) ? Shape.of(size, size) : Shape.of(size(), size, size);
      }
      case IMAGES ->
          Shape.of(chance.below(3), 1 + chance.below(6), 1 + chance.below(6), 1 + chance.below(2));
      default -> {
        int rank = chance.happens(0.8) ? chance.below(4) : chance.below(11);
        yield Shape.of(
            IntStream.range(0, rank).map(i -> rank > 4 ? Math.min(2, size()) : size()).toArray());
      }
    };
  }

  private int size() {
    return chance.happens(0.08) ? 0 : 1 + chance.below(4);
  }

  private int integer(Expr operand) {
    if (chance.happens(0.08)) {
      return chance.edge();
    }
    int rank = operand.shape().rank();
    return chance.happens(0.5) && rank > 0 ? chance.below(2 * rank) - rank : chance.below(4);
  }

  private int[] axes(Expr operand) {
    int rank = operand.shape().rank();
    if (chance.happens(0.08) || rank == 0) {
      return IntStream.range(0, chance.below(4)).map(i -> integer(operand)).toArray();
    }
    if (chance.happens(0.3)) {
      List<Integer> order = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
      Collections.shuffle(order, new Random(chance.bits()));
      return order.stream().mapToInt(axis -> axis).toArray();
    }
    return chance.happens(0.3) ? operand.shape().toArray() : new int[] {chance.below(rank)};
  }

  private Shape target(Expr operand) {
    Shape shape = operand.shape();
    return switch (chance.below(8)) {
      case 0 -> Shape.of(shape.rank() == 0 ? 1 : (int) shape.size());
      case 1 -> Shape.of(2).concat(shape);
      case 2 -> chance.pick(pool).shape();
      case 3 -> shape();
      case 4 ->
          Shape.of(
              IntStream.range(0, chance.below(4))
                  .map(i -> chance.happens(0.3) ? Math.abs(chance.edge() | 1) : chance.below(4))
                  .toArray());
      case 5 -> shape.rank() == 0 ? shape : shape.withDim(0, 1);
      default -> shape;
    };
  }

  /**
   * A value for a parameter.
   *
   * @param type of the parameter, which {@link #knows}
   * @param first the operand to which it should fit
   */
  Object of(Type type, Expr first) {
    int rank = first.shape().rank();
    if (type.equals(Expr.class)) {
      return beside(first);
    } else if (type.equals(Expr[].class)) {
      return IntStream.range(0, chance.below(4)).mapToObj(i -> beside(first)).toArray(Expr[]::new);
    } else if (type.equals(int.class)) {
      return integer(first);
    } else if (type.equals(int[].class)) {
      return axes(first);
    } else if (type.equals(long.class)) {
      return chance.bits();
    } else if (type.equals(double.class)) {
      return chance.happens(0.8)
          ? chance.below(7) / 2.0 - 1
          : isModerate() ? chance.moderate() : chance.special();
    } else if (type.equals(boolean.class)) {
      return chance.happens(0.5);
    } else if (type.equals(Shape.class)) {
      return target(first);
    } else if (type.equals(Array.class)) {
      return array(chance.happens(0.5) ? first.shape() : shape());
    } else if (type.equals(Window.class)) {
      int border = chance.happens(0.1) ? chance.edge() : chance.below(3);
      return new Window(
          1 + chance.below(3), stride(), border, chance.below(3), border, chance.below(3));
    } else if (type.equals(Pooling.Geometry.class)) {
      return new Pooling.Geometry(1 + chance.below(3), 1 + chance.below(3), stride(), stride());
    } else if (type.equals(ImmutableIntArray.class)) {
      return chance.happens(0.4)
          ? ImmutableIntArray.copyOf(axes(first))
          : ImmutableIntArray.copyOf(
              IntStream.range(0, rank)
                  .map(i -> chance.happens(0.05) ? chance.edge() : chance.below(2))
                  .toArray());
    } else if (type instanceof Class<?> choice && choice.isEnum()) {
      return chance.pick(List.of(choice.getEnumConstants()));
    } else if (type.getTypeName().startsWith(ImmutableSortedSet.class.getName())) {
      return ImmutableSortedSet.copyOf(IntStream.of(axes(first)).boxed().toList());
    }
    throw new IllegalArgumentException("no random values of " + type);
  }

  private int stride() {
    return chance.happens(0.1) ? chance.edge() : 1 + chance.below(3);
  }

  /** Whether there are random values of a type. */
  static boolean knows(Type type) {
    return List.of(
                Expr.class,
                Expr[].class,
                int.class,
                int[].class,
                long.class,
                double.class,
                boolean.class,
                Shape.class,
                Array.class,
                Window.class,
                Pooling.Geometry.class,
                ImmutableIntArray.class)
            .contains(type)
        || (type instanceof Class<?> choice && choice.isEnum())
        || type.getTypeName().startsWith(ImmutableSortedSet.class.getName());
  }
}
