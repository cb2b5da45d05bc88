package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.autodiff.PrimitiveCase;
import io.github.bilevel4j.autodiff.PrimitiveCases;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;
import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.BandPart;
import io.github.bilevel4j.op.BatchNormalization;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.CustomOp;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Gradient;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is not a number or not finite, zeros, ties, nothing and a single element go through every
 * primitive as IEEE 754 and NumPy have it: values and derivatives to second order.
 */
class NonFiniteTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final ImmutableList<Double> SPECIAL = ImmutableList.of(NAN, INF, -INF, 0.0, 1.0);

  /** Not computed as such, functions of no values, or not this library's. */
  private static final ImmutableSet<Class<?>> NO_FUNCTIONS =
      ImmutableSet.of(Detach.class, CustomGradient.class, Gradient.class, CustomOp.class);

  private static Engine doubles;
  private static Engine floats;

  @BeforeAll
  static void open() {
    doubles = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
    floats = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32);
  }

  @AfterAll
  static void close() {
    doubles.close();
    floats.close();
  }

  // ---- Closed forms -------------------------------------------------------------------------

  /** A primitive at some values, and what it and its derivatives are there by their formulas. */
  private record Known(Op op, List<Array> inputs, Map<String, Array> expected) {
    Known with(String derivative, double... values) {
      Map<String, Array> more = new LinkedHashMap<>(expected);
      Shape shape =
          derivative.equals("value")
              ? op.shape(inputs.stream().map(Expr::constant).toList())
              : inputs.get(derivative.charAt(derivative.length() - 1) - '0').shape();
      more.put(derivative, Array.of(shape, values));
      return new Known(op, inputs, more);
    }

    @Override
    public String toString() {
      return op + " of " + inputs;
    }
  }

  private static Known known(Op op, Array... inputs) {
    return new Known(op, List.of(inputs), Map.of());
  }

  private static Known unary(
      Op op, DoubleUnaryOperator f, DoubleUnaryOperator first, DoubleUnaryOperator second) {
    double[] x = {NAN, INF, -INF, 0, 1, -2};
    return known(op, Array.vector(x))
        .with("value", Arrays.stream(x).map(f).toArray())
        .with("d0", Arrays.stream(x).map(first).toArray())
        .with("d00", Arrays.stream(x).map(second).toArray());
  }

  private static Known power(double p) {
    if (p == 0) {
      return unary(new Power(p), x -> 1, x -> 0, x -> 0);
    }
    return unary(
        new Power(p),
        x -> pow(x, p),
        x -> p == 1 ? 1 : p * pow(x, p - 1),
        x -> p == 1 ? 0 : p == 2 ? 2 : p * (p - 1) * pow(x, p - 2));
  }

  /** With the root for the exponents 0.5 and -0.5, which differ at minus infinity. */
  private static double pow(double x, double p) {
    return Math.abs(p) == 0.5 ? Math.pow(Math.sqrt(x), 2 * p) : Math.pow(x, p);
  }

  private static Known constant(Unary op, DoubleUnaryOperator f) {
    double[] x = {NAN, INF, -INF, 0, 1, -2.5};
    return known(op, Array.vector(x)).with("value", Arrays.stream(x).map(f).toArray());
  }

  /** All pairs of special values. */
  private static double[][] pairs() {
    double[] all = {NAN, INF, -INF, 0, 1, -2};
    double[][] pairs = new double[2][all.length * all.length];
    for (int i = 0; i < pairs[0].length; i++) {
      pairs[0][i] = all[i / all.length];
      pairs[1][i] = all[i % all.length];
    }
    return pairs;
  }

  private static double[] ofPairs(DoubleBinaryOperator f) {
    double[][] pairs = pairs();
    double[] values = new double[pairs[0].length];
    Arrays.setAll(values, i -> f.applyAsDouble(pairs[0][i], pairs[1][i]));
    return values;
  }

  private static Known binary(Binary op, DoubleBinaryOperator f) {
    return known(op, Array.vector(pairs()[0]), Array.vector(pairs()[1])).with("value", ofPairs(f));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double step(double x) {
    return x > 0 ? 1 : 0;
  }

  private static double share(double chosen, double other) {
    return chosen < other ? 0 : chosen == other ? 0.5 : 1;
  }

  static List<Known> closedForms() {
    DoubleUnaryOperator zero = x -> 0;
    DoubleBinaryOperator none = (x, y) -> 0;
    DoubleUnaryOperator slope = x -> sigmoid(x) * (1 - sigmoid(x));
    ImmutableList.Builder<Known> rows = ImmutableList.builder();
    rows.add(
        unary(Unary.NEGATE, x -> -x, x -> -1, zero),
        unary(Unary.ABS, Math::abs, Math::signum, zero),
        constant(Unary.SIGN, Math::signum),
        unary(Unary.SQUARE, x -> x * x, x -> 2 * x, x -> 2),
        unary(
            Unary.SQRT,
            Math::sqrt,
            x -> 0.5 / Math.sqrt(x),
            x -> -0.25 / (Math.sqrt(x) * Math.sqrt(x) * Math.sqrt(x))),
        unary(
            Unary.GUARDED_SQRT,
            x -> x <= 0 ? 0 : Math.sqrt(x),
            x -> x <= 0 ? 0 : 0.5 / Math.sqrt(x),
            x -> x <= 0 ? 0 : -0.25 * Math.pow(x, -1.5)),
        unary(Unary.RECIPROCAL, x -> 1 / x, x -> -1 / (x * x), x -> 2 / (x * x * x)),
        unary(Unary.EXP, Math::exp, Math::exp, Math::exp),
        unary(Unary.LOG, Math::log, x -> 1 / x, x -> -1 / (x * x)),
        unary(Unary.SIN, Math::sin, Math::cos, x -> -Math.sin(x)),
        unary(Unary.COS, Math::cos, x -> -Math.sin(x), x -> -Math.cos(x)),
        unary(
            Unary.TANH,
            Math::tanh,
            x -> 1 - Math.tanh(x) * Math.tanh(x),
            x -> -2 * Math.tanh(x) * (1 - Math.tanh(x) * Math.tanh(x))),
        unary(
            Unary.SIGMOID,
            NonFiniteTest::sigmoid,
            slope,
            x -> slope.applyAsDouble(x) * (1 - 2 * sigmoid(x))),
        unary(
            Unary.SOFTPLUS,
            x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
            NonFiniteTest::sigmoid,
            slope),
        unary(Unary.RELU, x -> Math.max(x, 0), NonFiniteTest::step, zero),
        constant(Unary.HEAVISIDE, NonFiniteTest::step),
        constant(Unary.FLOOR, Math::floor),
        binary(Binary.ADD, (x, y) -> x + y)
            .with("d0", ofPairs((x, y) -> 1))
            .with("d1", ofPairs((x, y) -> 1))
            .with("d01", ofPairs(none)),
        binary(Binary.SUBTRACT, (x, y) -> x - y)
            .with("d0", ofPairs((x, y) -> 1))
            .with("d1", ofPairs((x, y) -> -1))
            .with("d11", ofPairs(none)),
        binary(Binary.MULTIPLY, (x, y) -> x * y)
            .with("d0", ofPairs((x, y) -> y))
            .with("d1", ofPairs((x, y) -> x))
            .with("d00", ofPairs(none))
            .with("d01", ofPairs((x, y) -> 1))
            .with("d11", ofPairs(none)),
        binary(Binary.DIVIDE, (x, y) -> x / y)
            .with("d0", ofPairs((x, y) -> 1 / y))
            .with("d1", ofPairs((x, y) -> -x / (y * y)))
            .with("d00", ofPairs(none))
            .with("d01", ofPairs((x, y) -> -1 / (y * y)))
            .with("d10", ofPairs((x, y) -> -1 / (y * y)))
            .with("d11", ofPairs((x, y) -> 2 * x / (y * y * y))),
        binary(Binary.MAXIMUM, Math::max)
            .with("d0", ofPairs((x, y) -> share(x, y)))
            .with("d1", ofPairs((x, y) -> share(y, x)))
            .with("d00", ofPairs(none))
            .with("d01", ofPairs(none)),
        binary(Binary.MINIMUM, Math::min)
            .with("d0", ofPairs((x, y) -> share(-x, -y)))
            .with("d1", ofPairs((x, y) -> share(-y, -x)))
            .with("d00", ofPairs(none))
            .with("d01", ofPairs(none)),
        binary(Binary.GREATER, (x, y) -> x > y ? 1 : 0),
        binary(Binary.GREATER_OR_EQUAL, (x, y) -> x >= y ? 1 : 0),
        binary(Binary.EQUAL, (x, y) -> x == y ? 1 : 0));
    for (double p : new double[] {0, 1, 2, 3, 0.5, -0.5, -1, -2, 2.5, -1.5}) {
      rows.add(power(p));
    }
    return rows.addAll(choices()).addAll(sums()).addAll(normalizations()).build();
  }

  /** What is chosen by comparing or by masks. */
  private static List<Known> choices() {
    Array rows =
        Array.matrix(
            new double[] {1, NAN, 2},
            new double[] {INF, 1, INF},
            new double[] {-INF, -INF, -INF},
            new double[] {2, 2, 0});
    Array keys = Array.vector(NAN, 1, INF, -INF, 0, -0.0);
    Array values = Array.vector(NAN, INF, 2, 3, -INF, 5);
    Array image = Array.of(Shape.of(1, 2, 4, 1), 1, NAN, -INF, INF, 2, 0, INF, 7);
    Array windows = Array.of(Shape.of(1, 1, 2, 1), NAN, INF);
    Pooling.Geometry window = new Pooling.Geometry(2, 2, 2, 2);
    return List.of(
        known(new Reduction(Reduction.Kind.MAX, ImmutableSortedSet.of(1)), rows)
            .with("value", NAN, INF, -INF, 2)
            .with("d0", NAN, NAN, NAN, 0.5, 0, 0.5, 1 / 3., 1 / 3., 1 / 3., 0.5, 0.5, 0)
            .with("d00", new double[12]),
        known(new ArgMax(1), rows).with("value", 1, 0, 0, 0),
        known(
                new ArgMax(1),
                Array.matrix(
                    new double[] {INF, 1, NAN},
                    new double[] {-INF, NAN, NAN},
                    new double[] {1, INF, INF}))
            .with("value", 2, 1, 1),
        known(
                new Select(),
                Array.vector(NAN, 0, 1),
                Array.vector(INF, NAN, 3),
                Array.vector(NAN, -INF, NAN))
            .with("value", INF, -INF, 3)
            .with("d1", 1, 0, 1)
            .with("d2", 0, 1, 0),
        known(new Cond(), Array.scalar(NAN), Array.vector(INF), Array.vector(NAN))
            .with("value", INF)
            .with("d1", 1)
            .with("d2", 0),
        known(new Cond(), Array.scalar(0), Array.vector(INF), Array.vector(NAN))
            .with("value", NAN)
            .with("d1", 0)
            .with("d2", 1),
        known(new Sort.Gather(false, 6), keys, values)
            .with("value", 3, -INF, 5, INF, NAN, 2)
            .with("d1", 1, 1, 1, 1, 1, 1),
        known(new Sort.Gather(true, 2), keys, values)
            .with("value", NAN, 2)
            .with("d1", 1, 0, 1, 0, 0, 0),
        known(new Sort.Scatter(false), keys, values).with("value", -INF, 3, 5, NAN, INF, 2),
        known(new Pooling.Max(window), image)
            .with("value", NAN, INF)
            .with("d0", 0, 1, 0, 1, 0, 0, 0, 0),
        known(new Pooling.MaxGather(window), image, image).with("value", NAN, INF),
        known(new Pooling.MaxScatter(window), image, windows)
            .with("value", 0, NAN, 0, INF, 0, 0, 0, 0)
            .with("d1", 1, 1),
        known(new BandPart(0, 0), Array.matrix(new double[] {1, NAN}, new double[] {INF, NAN}))
            .with("value", 1, 0, 0, NAN)
            .with("d0", 1, 0, 0, 1));
  }

  private static List<Known> normalizations() {
    BatchNormalization.Forward forward =
        new BatchNormalization.Forward(0.5, BatchNormalization.Forward.Result.OUTPUT);
    BatchNormalization.Gradient gradient =
        new BatchNormalization.Gradient(0.5, BatchNormalization.Gradient.Of.X);
    Array x = Array.matrix(new double[] {NAN, INF, 1}, new double[] {1, 1, 1});
    Array ones = Array.vector(1, 1, 1);
    Array[] inputs = {x, ones, Array.vector(0, 0, 0.5), Array.vector(0.5, 0.5, 0.5), x};
    return List.of(
        known(forward, x, ones, Array.vector(2, 2, INF))
            .with("value", NAN, NAN, INF, NAN, NAN, INF)
            .with("d2", 2, 2, 2),
        known(forward.with(BatchNormalization.Forward.Result.MEAN), x, ones, ones)
            .with("value", NAN, INF, 1),
        known(forward.with(BatchNormalization.Forward.Result.VARIANCE), x, ones, ones)
            .with("value", NAN, NAN, 0),
        known(gradient, inputs).with("value", NAN, NAN, -0.25, NAN, -INF, -0.25),
        known(gradient.with(BatchNormalization.Gradient.Of.SCALE), inputs)
            .with("value", NAN, INF, 1),
        known(gradient.with(BatchNormalization.Gradient.Of.OFFSET), inputs)
            .with("value", NAN, INF, 2)
            .with("d4", 1, 1, 1, 1, 1, 1));
  }

  private static List<Known> sums() {
    Array x = Array.matrix(new double[] {INF, 1, -INF}, new double[] {NAN, 1, 2});
    Array labels = Array.vector(2, 0);
    return List.of(
        known(new Reduction(Reduction.Kind.SUM, ImmutableSortedSet.of(1)), x)
            .with("value", NAN, NAN)
            .with("d0", 1, 1, 1, 1, 1, 1),
        known(new Reduction(Reduction.Kind.SUM, ImmutableSortedSet.of(0)), x)
            .with("value", NAN, 2, -INF),
        known(new AllSum(1), x).with("value", INF, 1, -INF, NAN, 1, 2),
        known(new CumulativeSum(1, false, false), x).with("value", INF, INF, NAN, NAN, NAN, NAN),
        known(new CumulativeSum(1, true, true), x).with("value", -INF, -INF, 0, 3, 2, 0),
        known(new MatMul(false, true), x, x).with("value", INF, NAN, NAN, NAN),
        known(
                new MatMul(false, false),
                Array.matrix(new double[] {INF, 0}),
                Array.matrix(new double[] {1, 0}, new double[] {2, 3}))
            .with("value", INF, NAN)
            .with("d0", 1, 5)
            .with("d1", INF, INF, 0, 0),
        known(new ScatterAdd(3), x, labels).with("value", NAN, 1, 2, 0, 0, 0, INF, 1, -INF),
        known(new Gather(), x, Array.vector(1, 1)).with("value", NAN, 1, 2, NAN, 1, 2),
        known(new OneHot(3), labels).with("value", 0, 0, 1, 1, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("closedForms")
  void valuesAndDerivativesAreThoseOfTheFormula(Known row) {
    List<Expr> inputs = inputs(row.inputs());
    Map<String, Expr> outputs = derivatives(Expr.of(row.op(), inputs), inputs);
    Map<Expr, Array> at = values(inputs, row.inputs());
    Map<String, Array> computed = computed(doubles, outputs, at);
    row.expected()
        .forEach(
            (name, expected) -> {
              requireEqual(name + " of the device", computed.get(name), expected, 1e-12);
              requireEqual(
                  name + " of the reference",
                  Interpreter.at(at).evaluate(outputs.get(name)),
                  expected,
                  1e-12);
            });
  }

  /** With one element each: products, quotients and roots. */
  @Test
  void matricesAndConvolutionsOfOneElementAreProductsAndQuotients() {
    Window window = Window.of(1, 0);
    Shape one = Shape.of(1, 1, 1, 1);
    for (Op product :
        List.of(
            new MatMul(false, false),
            new Convolution.Forward(window),
            new Convolution.ImageGradient(window, one),
            new Convolution.FilterGradient(window, one))) {
      Shape shape = product instanceof MatMul ? Shape.of(1, 1) : one;
      requireFormulas(
          product,
          shape,
          Map.of(
              "value", (x, y) -> x * y,
              "d0", (x, y) -> y,
              "d1", (x, y) -> x,
              "d00", (x, y) -> 0,
              "d01", (x, y) -> 1,
              "d11", (x, y) -> 0));
    }
    requireFormulas(
        new TriangularSolve(false),
        Shape.of(1, 1),
        Map.of(
            "value", (l, b) -> b / l,
            "d0", (l, b) -> -b / l / l,
            "d1", (l, b) -> 1 / l,
            "d01", (l, b) -> -1 / l / l,
            "d11", (l, b) -> 0));
  }

  private static void requireFormulas(
      Op op, Shape shape, Map<String, DoubleBinaryOperator> formulas) {
    List<Expr> inputs = List.of(Expr.input("x", shape.toArray()), Expr.input("y", shape.toArray()));
    Map<String, Expr> outputs = derivatives(Expr.of(op, inputs), inputs);
    Program program = doubles.compile(Step.named("one element").outputs(outputs));
    double[][] pairs = pairs();
    for (int i = 0; i < pairs[0].length; i++) {
      double x = pairs[0][i];
      double y = pairs[1][i];
      Map<Expr, Array> at = values(inputs, List.of(Array.of(shape, x), Array.of(shape, y)));
      Map<String, Array> computed = run(program, outputs, at);
      formulas.forEach(
          (name, formula) ->
              requireEqual(
                  op + " " + name + " of " + x + " and " + y,
                  computed.get(name),
                  Array.of(shape, formula.applyAsDouble(x, y)),
                  1e-12));
    }
  }

  // ---- Special values in every input --------------------------------------------------------

  static List<PrimitiveCase> cases() {
    return PrimitiveCases.ALL.stream().filter(c -> !(c.op() instanceof Random)).toList();
  }

  /** One special element, and nothing but special elements: the latter are ties. */
  @ParameterizedTest
  @MethodSource("cases")
  void theDeviceAgreesWithTheReferenceAtSpecialValuesOfEveryInput(PrimitiveCase row) {
    List<Expr> inputs = inputs(row.inputs());
    Map<String, Expr> outputs = derivatives(Expr.of(row.op(), inputs), inputs);
    Step step = Step.named("special").outputs(outputs);
    Program inDoubles = doubles.compile(step);
    Program inFloats = floats.compile(step);
    for (int i = 0; i < inputs.size(); i++) {
      if (!row.fixed().contains(i)) {
        for (double special : SPECIAL) {
          for (boolean everywhere : new boolean[] {false, true}) {
            List<Array> changed = new ArrayList<>(row.inputs());
            Array x = changed.get(i);
            changed.set(
                i, Array.fill(x.shape(), k -> everywhere || k == x.size() / 2 ? special : x.at(k)));
            String where = "input " + i + (everywhere ? " all " : " with ") + special;
            Map<Expr, Array> at = values(inputs, changed);
            requireReference(where + " in double precision", row.op(), inDoubles, outputs, at);
            requireReference(where + " in single precision", row.op(), inFloats, outputs, at);
            if (isLinear(row.op())) {
              requireSameDerivatives(where, outputs, at, values(inputs, row.inputs()), i);
            }
          }
        }
      }
    }
    inDoubles.close();
    inFloats.close();
  }

  private static void requireReference(
      String where, Op op, Program program, Map<String, Expr> outputs, Map<Expr, Array> at) {
    Map<String, Array> expected = new LinkedHashMap<>();
    outputs.forEach((name, output) -> expected.put(name, Interpreter.at(at).evaluate(output)));
    boolean decomposes = op instanceof Cholesky || op instanceof MatrixSolve;
    if (decomposes && !expected.values().stream().allMatch(NonFiniteTest::isFinite)) {
      // Told by the step, unless it is the right side that is not finite.
      try {
        run(program, outputs, at);
      } catch (UsageError told) {
        return;
      }
      assertThat(op).as(where).isInstanceOf(MatrixSolve.class);
    }
    Map<String, Array> computed = run(program, outputs, at);
    outputs.forEach(
        (name, output) -> {
          Array actual = computed.get(name);
          Array reference = expected.get(name);
          requireEqual(where + ", " + name, actual, withZerosOf(op, reference, actual), 1e-4);
        });
  }

  /**
   * What the reference gives if it multiplies by zeros where the device does so: an infinite factor
   * then gives no number. In convolutions these are the zeros of a border and of strides, which the
   * reference leaves out; in solving, those of a decomposition, of which each has its own; in the
   * gradient of batch normalization, terms that cancel up to rounding.
   */
  private static Array withZerosOf(Op op, Array reference, Array actual) {
    return Array.fill(
        reference.shape(),
        i -> {
          boolean ofBorder = op instanceof Convolution && Double.isNaN(actual.at(i));
          boolean ofFactors =
              (op instanceof MatrixSolve || op instanceof BatchNormalization)
                  && !Double.isFinite(actual.at(i))
                  && !Double.isFinite(reference.at(i));
          return ofBorder || ofFactors ? actual.at(i) : reference.at(i);
        });
  }

  private static boolean isLinear(Op op) {
    return (op instanceof Reduction reduction && reduction.kind() == Reduction.Kind.SUM)
        || op instanceof Reshape
        || op instanceof Transpose
        || op instanceof BroadcastTo
        || op instanceof Concat
        || op instanceof Slice
        || op instanceof Pad
        || op instanceof Reverse
        || op instanceof BandPart
        || op instanceof Gather
        || op instanceof ScatterAdd
        || op instanceof CumulativeSum
        || op instanceof AllSum
        || op instanceof Select
        || op instanceof Cond
        || op instanceof Pooling.Average
        || op instanceof Pooling.AverageGradient;
  }

  /** Of a linear function the first derivative is the same everywhere, and the second is zero. */
  private static void requireSameDerivatives(
      String where,
      Map<String, Expr> outputs,
      Map<Expr, Array> at,
      Map<Expr, Array> elsewhere,
      int input) {
    Expr first = outputs.get("d" + input);
    requireEqual(
        where, Interpreter.at(at).evaluate(first), Interpreter.at(elsewhere).evaluate(first), 0);
    Array second = Interpreter.at(at).evaluate(outputs.get("d" + input + input));
    requireEqual(where, second, Array.fill(second.shape(), i -> 0), 0);
  }

  // ---- Nothing, and a single element --------------------------------------------------------

  /** A primitive on inputs of given shapes. */
  private record Shaped(Op op, List<Shape> shapes) {
    boolean isEmpty() {
      return shapes.stream().anyMatch(shape -> shape.size() == 0);
    }

    boolean isOne() {
      return shapes.stream().allMatch(shape -> shape.size() == 1);
    }

    @Override
    public String toString() {
      return op + " of " + shapes;
    }
  }

  private static Shaped of(Op op, Shape... shapes) {
    return new Shaped(op, List.of(shapes));
  }

  private static Shape shape(int... dims) {
    return Shape.of(dims);
  }

  static List<Shaped> shaped() {
    ImmutableList.Builder<Shaped> rows = ImmutableList.builder();
    Shape scalar = Shape.scalar();
    for (Unary op : Unary.values()) {
      rows.add(of(op, shape(0)), of(op, shape(0, 3)), of(op, scalar));
    }
    rows.add(of(new Power(2.5), shape(0)), of(new Power(2.5), shape(1)));
    for (Binary op : Binary.values()) {
      rows.add(
          of(op, shape(0), shape(0)),
          of(op, shape(2, 0), shape(0)),
          of(op, shape(0, 3), shape(3)),
          of(op, shape(0), scalar),
          of(op, scalar, shape(1, 1)));
    }
    ImmutableSortedSet<Integer> first = ImmutableSortedSet.of(0);
    for (Reduction.Kind kind : Reduction.Kind.values()) {
      rows.add(
          of(new Reduction(kind, first), shape(0, 3)),
          of(new Reduction(kind, first), shape(3, 0)),
          of(new Reduction(kind, first), shape(1)));
    }
    rows.add(
        of(new ArgMax(1), shape(0, 3)),
        of(new ArgMax(0), shape(1)),
        of(new Select(), shape(0), shape(0), shape(0)),
        of(new Select(), shape(1), shape(1), shape(1)),
        of(new Cond(), scalar, shape(0), shape(0)),
        of(new Cond(), scalar, scalar, scalar),
        of(new AllSum(1), shape(0, 2)),
        of(new AllSum(1), shape(1)),
        of(new CumulativeSum(0, true, false), shape(0, 2)),
        of(new CumulativeSum(0, true, false), shape(1)),
        of(new Sort.Gather(true, 0), shape(0), shape(0)),
        of(new Sort.Gather(false, 1), shape(1), shape(1)),
        of(new Sort.Gather(false, 2), shape(0, 3), shape(0, 3)),
        of(new Sort.Scatter(false), shape(0), shape(0)),
        of(new Sort.Scatter(false), shape(2), shape(0)),
        of(new Sort.Scatter(true), shape(1), shape(1)),
        of(new Reshape(shape(3, 0)), shape(0, 2)),
        of(new Reshape(scalar), shape(1, 1)),
        of(new Transpose(ImmutableIntArray.of(1, 0)), shape(0, 2)),
        of(new Transpose(ImmutableIntArray.of(1, 0)), shape(1, 1)),
        of(new BroadcastTo(shape(2, 0)), shape(0)),
        of(new BroadcastTo(shape(0)), shape(1)),
        of(new BroadcastTo(shape(1, 1)), scalar),
        of(new Concat(0), shape(0, 2), shape(0, 2)),
        of(new Concat(0), shape(0, 2), shape(1, 2)),
        of(new Concat(0), shape(1), shape(1)),
        of(new Slice(ImmutableIntArray.of(1), shape(0)), shape(3)),
        of(new Slice(ImmutableIntArray.of(0), shape(0)), shape(0)),
        of(new Slice(ImmutableIntArray.of(0), shape(1)), shape(1)),
        of(new Pad(ImmutableIntArray.of(1), ImmutableIntArray.of(1), 4), shape(0)),
        of(new Pad(ImmutableIntArray.of(0), ImmutableIntArray.of(1), 4), shape(1)),
        of(new Reverse(0), shape(0, 2)),
        of(new Reverse(0), shape(1)));
    return rows.addAll(shapedMatrices())
        .addAll(shapedImages())
        .addAll(shapedNormalizations())
        .addAll(shapedRows())
        .build();
  }

  private static List<Shaped> shapedMatrices() {
    return List.of(
        of(new BandPart(-1, 0), shape(0, 0)),
        of(new BandPart(-1, 0), shape(0, 3)),
        of(new BandPart(0, 0), shape(1, 1)),
        of(new MatMul(false, false), shape(0, 3), shape(3, 2)),
        of(new MatMul(false, false), shape(2, 0), shape(0, 3)),
        of(new MatMul(false, true), shape(0, 2, 3), shape(0, 4, 3)),
        of(new MatMul(true, false), shape(2, 0, 3), shape(2, 0, 4)),
        of(new MatMul(false, false), shape(1, 1), shape(1, 1)),
        of(new Cholesky(), shape(0, 0)),
        of(new Cholesky(), shape(0, 2, 2)),
        of(new Cholesky(), shape(1, 1)),
        of(new TriangularSolve(false), shape(0, 0), shape(0, 2)),
        of(new TriangularSolve(true), shape(2, 2), shape(2, 0)),
        of(new TriangularSolve(true), shape(1, 1), shape(1, 1)),
        of(new MatrixSolve(false), shape(0, 0), shape(0, 2)),
        of(new MatrixSolve(false), shape(0, 2, 2), shape(0, 2, 1)),
        of(new MatrixSolve(true), shape(1, 1), shape(1, 1)));
  }

  private static List<Shaped> shapedImages() {
    ImmutableList.Builder<Shaped> rows = ImmutableList.builder();
    for (Window window : List.of(Window.of(1, 0), Window.of(1, 1), Window.of(2, 3))) {
      for (List<Shape> operands :
          List.of(
              List.of(shape(0, 3, 3, 1), shape(2, 2, 1, 1)),
              List.of(shape(1, 3, 3, 0), shape(2, 2, 0, 1)),
              List.of(shape(1, 3, 3, 1), shape(2, 2, 1, 0)),
              List.of(shape(1, 1, 1, 1), shape(1, 1, 1, 1)))) {
        rows.addAll(convolutions(window, operands.get(0), operands.get(1)));
      }
    }
    rows.addAll(convolutions(Window.of(1, 1), shape(1, 0, 0, 1), shape(2, 2, 1, 1)));
    Pooling.Geometry window = new Pooling.Geometry(1, 1, 1, 1);
    for (Shape image : List.of(shape(0, 3, 3, 1), shape(1, 3, 3, 0), shape(1, 1, 1, 1))) {
      rows.add(
          of(new Pooling.Max(window), image),
          of(new Pooling.MaxScatter(window), image, image),
          of(new Pooling.MaxGather(window), image, image),
          of(new Pooling.Average(window), image),
          of(new Pooling.AverageGradient(window, image), image));
    }
    return rows.build();
  }

  private static List<Shaped> convolutions(Window window, Shape image, Shape filter) {
    Convolution.Forward forward = new Convolution.Forward(window);
    Shape output =
        forward.shape(List.of(Expr.input("x", image.toArray()), Expr.input("w", filter.toArray())));
    return List.of(
        of(forward, image, filter),
        of(new Convolution.ImageGradient(window, image), filter, output),
        of(new Convolution.FilterGradient(window, filter), image, output));
  }

  private static List<Shaped> shapedNormalizations() {
    ImmutableList.Builder<Shaped> rows = ImmutableList.builder();
    for (Shape x : List.of(shape(0, 2), shape(3, 0), shape(1, 1), shape(1, 2), shape(2, 1, 1))) {
      Shape channels = shape(x.dim(-1));
      for (BatchNormalization.Forward.Result result : BatchNormalization.Forward.Result.values()) {
        rows.add(of(new BatchNormalization.Forward(0.5, result), x, channels, channels));
      }
      for (BatchNormalization.Gradient.Of of : BatchNormalization.Gradient.Of.values()) {
        rows.add(of(new BatchNormalization.Gradient(0.5, of), x, channels, channels, channels, x));
      }
    }
    return rows.build();
  }

  private static List<Shaped> shapedRows() {
    return List.of(
        of(new Gather(), shape(3), shape(0)),
        of(new Gather(), shape(0, 2), shape(0)),
        of(new Gather(), shape(3, 0), shape(2)),
        of(new Gather(), shape(1), Shape.scalar()),
        of(new ScatterAdd(3), shape(0, 2), shape(0)),
        of(new ScatterAdd(0), shape(0), shape(0)),
        of(new ScatterAdd(1), shape(1), shape(1)),
        of(new OneHot(3), shape(0)),
        of(new OneHot(0), shape(0)),
        of(new OneHot(1), shape(1)));
  }

  @ParameterizedTest
  @MethodSource("shaped")
  void nothingAndASingleElementAreTakenEverywhere(Shaped row) {
    List<Array> ones = new ArrayList<>();
    for (int i = 0; i < row.shapes().size(); i++) {
      boolean index =
          row.op() instanceof OneHot
              || (i == 1 && (row.op() instanceof Gather || row.op() instanceof ScatterAdd));
      ones.add(Array.fill(row.shapes().get(i), k -> index ? 0 : 0.5));
    }
    List<Expr> inputs = inputs(ones);
    Map<String, Expr> outputs = derivatives(Expr.of(row.op(), inputs), inputs);
    Map<Expr, Array> at = values(inputs, ones);
    for (Engine engine : List.of(doubles, floats)) {
      Map<String, Array> computed = computed(engine, outputs, at);
      outputs.forEach(
          (name, output) ->
              requireEqual(name, computed.get(name), Interpreter.at(at).evaluate(output), 1e-5));
    }
  }

  @Test
  void variablesAndConstantsWithoutElementsAreTaken() {
    for (Engine engine : List.of(doubles, floats)) {
      Expr none = Expr.variable("none", Array.of(Shape.of(0, 2)));
      Expr other = Expr.variable("other", Array.of(Shape.of(0, 2)));
      Expr constant = Expr.constant(Array.of(Shape.of(0, 2)));
      Step step =
          Step.named("empty")
              .output("sum", none.plus(constant).sum())
              .output("gradient", none.sum().gradient(none))
              .updating(other, none);
      try (Program program = engine.compile(step)) {
        assertThat(program.run().scalar("sum")).isZero();
        assertThat(program.run().get("gradient")).isEqualTo(Array.of(Shape.of(0, 2)));
      }
      engine.write(none, Array.of(Shape.of(0, 2)));
      assertThat(engine.read(none)).isEqualTo(Array.of(Shape.of(0, 2)));
    }
  }

  @Test
  void largestAndSmallestOfInfinitiesAndTheEndsOfFiniteNumbers() {
    for (Engine engine : List.of(doubles, floats)) {
      double max = engine == floats ? Float.MAX_VALUE : Double.MAX_VALUE;
      Expr x =
          Expr.variable(
              "ends",
              Array.matrix(
                  new double[] {-INF, -max, -INF},
                  new double[] {-max, -INF, -max},
                  new double[] {-INF, -INF, -INF},
                  new double[] {max, INF, INF},
                  new double[] {INF, max, NAN}));
      Step step =
          Step.named("ends")
              .output("largest", x.argMax(1))
              .output("smallest", x.negated().argMax(1));
      try (Program program = engine.compile(step)) {
        Results results = program.run();
        assertThat(results.get("largest")).isEqualTo(Array.vector(1, 0, 0, 1, 2));
        assertThat(results.get("smallest")).isEqualTo(Array.vector(0, 1, 0, 0, 2));
      }
    }
  }

  /** Threads of TensorFlow may take such numbers for zeros, of their sign. */
  @Test
  void reciprocalsOfNumbersBelowTheSmallestNormalOne() {
    for (Engine engine : List.of(doubles, floats)) {
      double smallest = engine == floats ? Float.MIN_NORMAL : Double.MIN_NORMAL;
      double[] parts = {0.5, -0.5, 0.3, -0.3, 0x1p-10, -0x1p-10, 1, -1};
      // Vectors of the processor, and what is left over.
      Array at = Array.fill(Shape.of(45), i -> parts[i % parts.length] * smallest);
      Expr x = Expr.variable("small", at);
      Step step =
          Step.named("small")
              .output("reciprocal", x.reciprocal())
              .output("power", x.pow(-1))
              .output("root", x.pow(-0.5));
      try (Program program = engine.compile(step)) {
        Results results = program.run();
        for (int i = 0; i < at.size(); i++) {
          double value = at.at(i);
          double zero = Math.copySign(0, value);
          requireEither(results.get("reciprocal").at(i), 1 / value, 1 / zero, engine);
          requireEither(results.get("power").at(i), 1 / value, 1 / zero, engine);
          requireEither(results.get("root").at(i), 1 / Math.sqrt(value), 1 / zero, engine);
        }
      }
    }
  }

  private static void requireEither(double actual, double one, double other, Engine engine) {
    double exact = engine == floats ? (float) one : one;
    boolean isExact = Double.compare(actual, exact) == 0 || Math.abs(actual / exact - 1) < 1e-6;
    assertThat(isExact || actual == other).as("%s, not %s or %s", actual, exact, other).isTrue();
  }

  // ---- Nothing is forgotten -----------------------------------------------------------------

  @Test
  void everyPrimitiveHasRowsForAllKindsOfSpecialValues() {
    ImmutableSet<Object> functions =
        kinds(Op.class)
            .filter(kind -> !NO_FUNCTIONS.contains(kind))
            .filter(kind -> !kinds(Leaf.class).toList().contains(kind))
            .filter(kind -> !kind.equals(Random.class))
            .collect(ImmutableSet.toImmutableSet());
    assertThat(keys(cases().stream().map(PrimitiveCase::op))).containsAll(functions);
    assertThat(keys(shaped().stream().filter(Shaped::isEmpty).map(Shaped::op)))
        .containsAll(functions);
    assertThat(keys(shaped().stream().filter(Shaped::isOne).map(Shaped::op)))
        .containsAll(functions);
    ImmutableSet<Object> byFormula =
        ImmutableSet.<Object>builder()
            .addAll(keys(closedForms().stream().map(Known::op)))
            .addAll(keys(cases().stream().map(PrimitiveCase::op).filter(NonFiniteTest::isLinear)))
            .addAll(keys(Stream.of(new TriangularSolve(false), new MatMul(false, false))))
            .addAll(kinds(Convolution.class).toList())
            // These end the step: see theDecompositionsTell.
            .add(Cholesky.class, MatrixSolve.class)
            .build();
    assertThat(byFormula).containsAll(functions);
  }

  @Test
  void theDecompositionsTell() {
    Expr a = Expr.input("a", 1, 1);
    Expr b = Expr.input("b", 1, 1);
    Program root = doubles.compile(Step.named("root").output("y", a.cholesky()));
    Program quotient = doubles.compile(Step.named("quotient").output("y", a.solve(b)));
    for (double special : new double[] {NAN, INF, -INF, 0, -2}) {
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(() -> root.run(Feed.of(a, Array.of(Shape.of(1, 1), special))))
          .withMessageContaining("a matrix is not positive definite");
    }
    for (double special : new double[] {NAN, 0}) {
      assertThatExceptionOfType(UsageError.class)
          .isThrownBy(
              () ->
                  quotient.run(
                      Feed.of(a, Array.of(Shape.of(1, 1), special))
                          .and(b, Array.of(Shape.of(1, 1), 1))))
          .withMessageContaining("a matrix is singular");
    }
  }

  private static ImmutableSet<Object> keys(Stream<? extends Op> ops) {
    return ops.map(op -> op instanceof Enum ? op : op.getClass())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** All kinds of primitives: the final classes below a type, or their enum constants. */
  private static Stream<Object> kinds(Class<?> type) {
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants());
    }
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(NonFiniteTest::kinds)
        : Stream.of(type);
  }

  // ---- What functions made of primitives give -----------------------------------------------

  @Test
  void functionsMadeOfPrimitivesFollow() {
    Expr x = Expr.input("x", 3);
    ImmutableMap<String, Expr> outputs =
        ImmutableMap.<String, Expr>builder()
            .put("logSumExp", x.logSumExp())
            .put("d logSumExp", x.logSumExp().gradient(x))
            .put("dd logSumExp", x.logSumExp().gradient(x).slice(0, 0, 1).sum().gradient(x))
            .put("softmax", x.softmax(0))
            .put("min", x.min())
            .put("norm", x.norm())
            .buildOrThrow();
    Program program = doubles.compile(Step.named("functions").outputs(outputs));
    Map<String, Array> none = run(program, outputs, Map.of(x, Array.vector(-INF, -INF, -INF)));
    assertThat(none.get("logSumExp")).isEqualTo(Array.scalar(-INF));
    assertThat(none.get("softmax")).isEqualTo(Array.vector(NAN, NAN, NAN));
    assertThat(none.get("min")).isEqualTo(Array.scalar(-INF));
    Map<String, Array> all = run(program, outputs, Map.of(x, Array.vector(-INF, INF, 1)));
    assertThat(all.get("logSumExp")).isEqualTo(Array.scalar(INF));
    assertThat(all.get("norm")).isEqualTo(Array.scalar(INF));
    Map<String, Array> undefined = run(program, outputs, Map.of(x, Array.vector(NAN, INF, 1)));
    undefined.forEach((name, value) -> assertThat(value.at(0)).as(name).isNaN());
    Map<String, Array> masked = run(program, outputs, Map.of(x, Array.vector(1, -INF, 2)));
    double p = sigmoid(-1);
    requireEqual(
        "value", masked.get("logSumExp"), Array.scalar(2 + Math.log1p(Math.exp(-1))), 1e-12);
    requireEqual("softmax", masked.get("softmax"), Array.vector(p, 0, 1 - p), 1e-12);
    requireEqual("d", masked.get("d logSumExp"), Array.vector(p, 0, 1 - p), 1e-12);
    requireEqual(
        "dd", masked.get("dd logSumExp"), Array.vector(p * (1 - p), 0, -p * (1 - p)), 1e-12);
  }

  // ---- Help ---------------------------------------------------------------------------------

  private static List<Expr> inputs(List<Array> values) {
    List<Expr> inputs = new ArrayList<>();
    for (Array value : values) {
      inputs.add(Expr.input("x" + inputs.size(), value.shape().toArray()));
    }
    return inputs;
  }

  private static Map<Expr, Array> values(List<Expr> inputs, List<Array> values) {
    Map<Expr, Array> at = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      at.put(inputs.get(i), values.get(i));
    }
    return at;
  }

  /**
   * The value of a node and its derivatives: "d0" in the first input, "d01" of that in the next.
   */
  private static Map<String, Expr> derivatives(Expr node, List<Expr> inputs) {
    Map<String, Expr> outputs = new LinkedHashMap<>(Map.of("value", node));
    for (int i = 0; i < inputs.size(); i++) {
      if (node.op().isDifferentiableIn(i)) {
        Expr first = node.sum().gradient(inputs.get(i));
        outputs.put("d" + i, first);
        for (int j = 0; j < inputs.size(); j++) {
          if (node.op().isDifferentiableIn(j)) {
            outputs.put("d" + i + j, first.sum().gradient(inputs.get(j)));
          }
        }
      }
    }
    return outputs;
  }

  private static Map<String, Array> computed(
      Engine engine, Map<String, Expr> outputs, Map<Expr, Array> at) {
    try (Program program = engine.compile(Step.named("computed").outputs(outputs))) {
      return run(program, outputs, at);
    }
  }

  private static Map<String, Array> run(
      Program program, Map<String, Expr> outputs, Map<Expr, Array> at) {
    Feed feed = Feed.none();
    for (Map.Entry<Expr, Array> entry : at.entrySet()) {
      feed = feed.and(entry.getKey(), entry.getValue());
    }
    Feed fed = feed;
    return outputs.keySet().stream().collect(Collectors.toMap(name -> name, program.run(fed)::get));
  }

  private static boolean isFinite(Array array) {
    return DoubleStream.of(array.toDoubles()).allMatch(Double::isFinite);
  }

  /** Zeros of both signs are equal, and so is all that is not a number. */
  private static void requireEqual(String what, Array actual, Array expected, double tolerance) {
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      double difference = Math.abs(actual.at(i) - expected.at(i));
      boolean same = Double.compare(actual.at(i) + 0.0, expected.at(i) + 0.0) == 0;
      assertThat(same || difference <= tolerance * (1 + Math.abs(expected.at(i))))
          .as("%s: element %d is %s, expected %s", what, i, actual.at(i), expected.at(i))
          .isTrue();
    }
  }
}
