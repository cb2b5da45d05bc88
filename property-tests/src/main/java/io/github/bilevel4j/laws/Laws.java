package io.github.bilevel4j.laws;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import com.google.common.collect.Range;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The laws that losses of embeddings can claim. In the formulas Z stands for all views {@code z1,
 * ..., zk}, each {@code [n, d]}, and n is the number of samples.
 */
public final class Laws {
  /** {@code L(z1, ..., zk) = L(zk, ..., z1)}: no view is the first; gradients follow. */
  public static final Law SYMMETRIC_IN_VIEWS =
      Law.of("SymmetricInViews", "L(z1, z2) = L(z2, z1)", Laws::symmetricInViews).forViews(2);

  /** {@code L(Z Q) = L(Z)} for orthogonal Q: only lengths and angles count; gradients rotate. */
  public static final Law ROTATION_INVARIANT =
      Law.of("RotationInvariant", "L(Z Q) = L(Z) for orthogonal Q", Laws::rotationInvariant);

  /** {@code L(diag(s) Z) = L(Z)} for {@code s > 0}, another s for each view: directions count. */
  public static final Law ROW_SCALE_INVARIANT =
      Law.of("RowScaleInvariant", "L(diag(s) Z) = L(Z) for s > 0", Laws::rowScaleInvariant);

  /** {@code L(Z + 1 v^T) = L(Z)}, the same v for all views: the origin does not count. */
  public static final Law TRANSLATION_INVARIANT =
      Law.of("TranslationInvariant", "L(Z + 1 v^T) = L(Z)", Laws::translationInvariant);

  /** {@code L(P Z) = L(Z)} for a permutation P of the samples: a batch is a set. */
  public static final Law ROW_ORDER_INVARIANT =
      Law.of("RowOrderInvariant", "L(P Z) = L(Z) for permutations P", Laws::rowOrderInvariant);

  /** {@code L(Z P) = L(Z)} for a signed permutation P: order and sign of features do not count. */
  public static final Law FEATURE_ORDER_INVARIANT =
      Law.of(
          "FeatureOrderInvariant",
          "L(Z P) = L(Z) for signed permutations P",
          Laws::featureOrderInvariant);

  /** {@code L(Z diag(s) + 1 v^T) = L(Z)} for {@code s > 0}, other s and v for each view. */
  public static final Law FEATURE_SCALE_INVARIANT = featureScaleInvariant(1);

  /** {@code L(Z) >= 0}. */
  public static final Law NON_NEGATIVE =
      Law.of(
              "NonNegative",
              "0 <= L(Z)",
              (loss, example) ->
                  Instance.of(Sides.atMost("0 <= value", 0, loss.at(example.views()).value())))
          .within(1e-14);

  /**
   * {@code |L(C)| < infinity} and {@code |dL/dC| < infinity} for collapsed views C, see {@link
   * Collapse}, in both precisions: a run can go on from there.
   */
  public static final Law FINITE_WHEN_COLLAPSED =
      Law.of(
          "FiniteWhenCollapsed",
          "|L(C)|, |dL/dC| < infinity for collapsed C",
          Laws::finiteWhenCollapsed);

  /** {@code |L(Z)|, |dL/dZ| < infinity} for two samples, collapsed or not, in both precisions. */
  public static final Law FINITE_FOR_TWO_SAMPLES =
      Law.of(
          "FiniteForTwoSamples", "|L(Z)|, |dL/dZ| < infinity for n = 2", Laws::finiteForTwoSamples);

  /** {@code <dL/dz_i, z_i> = 0} for each row i: Euler's identity of scale-invariant losses. */
  public static final Law GRADIENT_ORTHOGONAL_TO_ROWS =
      Law.of(
          "GradientOrthogonalToRows",
          "<dL/dz_i, z_i> = 0 for each row i",
          Laws::gradientOrthogonalToRows);

  /** {@code sum_i dL/dz_i = 0} over the rows of all views: of translation-invariant losses. */
  public static final Law GRADIENT_ROWS_SUM_TO_ZERO =
      Law.of(
          "GradientRowsSumToZero",
          "sum_i dL/dz_i = 0 over the rows of all views",
          Laws::gradientRowsSumToZero);

  /** {@code <u, H v> = <v, H u>}: second derivatives commute. */
  public static final Law SYMMETRIC_HESSIAN =
      Law.of("SymmetricHessian", "<u, H v> = <v, H u>", Laws::symmetricHessian);

  /** {@code dL(..., sg(z_i), ...)/dz_i = 0}, and the gradients by other views stay. */
  public static final Law CONSTANT_WHERE_DETACHED =
      Law.of(
          "ConstantWhereDetached",
          "dL(sg(z_i), z_j)/dz_i = 0, dL(sg(z_i), z_j)/dz_j = dL/dz_j",
          Laws::constantWhereDetached);

  /** {@code L(x)[x := y]} is the expression {@code L(y)}: a loss is a pure function. */
  public static final Law UNCHANGED_BY_SUBSTITUTION =
      Law.of("UnchangedBySubstitution", "L(x)[x := y] is L(y)", Laws::unchangedBySubstitution);

  /** {@code L_32(Z) = L_64(Z)} and the gradients, to five digits. */
  public static final Law AGREES_IN_SINGLE_PRECISION =
      Law.of(
              "AgreesInSinglePrecision",
              "L(Z) in float32 = L(Z) in float64",
              Laws::agreesInSinglePrecision)
          .within(1e-5);

  /** All laws that need nothing but the loss. No loss obeys all of them. */
  public static final ImmutableList<Law> ALL =
      ImmutableList.of(
          SYMMETRIC_IN_VIEWS,
          ROTATION_INVARIANT,
          ROW_SCALE_INVARIANT,
          TRANSLATION_INVARIANT,
          ROW_ORDER_INVARIANT,
          FEATURE_ORDER_INVARIANT,
          FEATURE_SCALE_INVARIANT,
          NON_NEGATIVE,
          FINITE_WHEN_COLLAPSED,
          FINITE_FOR_TWO_SAMPLES,
          GRADIENT_ORTHOGONAL_TO_ROWS,
          GRADIENT_ROWS_SUM_TO_ZERO,
          SYMMETRIC_HESSIAN,
          CONSTANT_WHERE_DETACHED,
          UNCHANGED_BY_SUBSTITUTION,
          AGREES_IN_SINGLE_PRECISION);

  private static final ImmutableList<Collapse> COLLAPSES = ImmutableList.copyOf(Collapse.values());

  private Laws() {}

  /** {@code a(n) <= L(Z) <= b(n)} whatever Z is. */
  public static Law bounded(IntFunction<Range<Double>> bounds) {
    return Law.of(
            "Bounded",
            "a(n) <= L(Z) <= b(n)",
            (loss, example) -> {
              double value = loss.at(example.views()).value();
              Range<Double> range = bounds.apply(example.samples());
              return Instance.of(
                  Sides.atMost("a <= value", range.lowerEndpoint(), value),
                  Sides.atMost("value <= b", value, range.upperEndpoint()));
            })
        .within(1e-12);
  }

  /** {@code L(1 v^T, ..., 1 v^T) = c(n)}: the loss of features that collapsed to one point. */
  public static Law knownAtOnePoint(IntToDoubleFunction value) {
    return Law.of(
        "KnownAtOnePoint",
        "L(1 v^T) = c(n) for v != 0",
        (loss, example) ->
            Instance.of(
                Sides.equal(
                    "value at one point",
                    loss.at(Collapse.TO_ONE_POINT.of(example.views())).value(),
                    value.applyAsDouble(example.samples()))));
  }

  /** {@code L = alignment + constraint}: what draws views together and what spreads samples. */
  public static Law sumOfParts(
      Function<List<Expr>, Expr> alignment, Function<List<Expr>, Expr> constraint) {
    return Law.of(
        "SumOfParts",
        "L(Z) = alignment(Z) + constraint(Z)",
        (loss, example) -> {
          Map<String, Array> parts =
              loss.compute(
                  "parts",
                  Precision.FLOAT64,
                  example.views(),
                  z -> Map.of("alignment", alignment.apply(z), "constraint", constraint.apply(z)));
          return Instance.of(
                  Sides.equal(
                      "value",
                      loss.at(example.views()).value(),
                      parts.get("alignment").scalarValue() + parts.get("constraint").scalarValue()))
              .given("alignment", parts.get("alignment"))
              .given("constraint", parts.get("constraint"));
        });
  }

  /** {@code dL/dz_i = 0} for the targets i and for no other view, though L depends on them. */
  public static Law constantInTargets(ImmutableSet<Integer> targets) {
    return Law.of(
        "ConstantInTargets",
        "dL/dz_i = 0 exactly for targets i",
        (loss, example) -> constantInTargets(targets, loss, example));
  }

  /**
   * As {@link #FEATURE_SCALE_INVARIANT}, for a loss that is invariant up to terms that are small on
   * a scale of features.
   *
   * @param unit the factor of the views, and the largest entry of v
   */
  public static Law featureScaleInvariant(double unit) {
    return Law.of(
        "FeatureScaleInvariant",
        "L(Z diag(s) + 1 v^T) = L(Z) for s > 0",
        (loss, example) -> {
          List<Array> views = each(example, z -> Array.fill(z.shape(), i -> unit * z.at(i)));
          Choice choice = Choice.of(example);
          List<Array> changed =
              views.stream()
                  .map(
                      z ->
                          Rows.shifted(
                              Rows.transposed(
                                  Rows.scaled(
                                      Rows.transposed(z),
                                      choice.scales(example.features(), 0.5, 4))),
                              choice.shift(example.features(), unit)))
                  .toList();
          return show(
              changed,
              "Z diag(s) + 1 v^T",
              Sides.equal("value", loss.at(changed).value(), loss.at(views).value()));
        });
  }

  private static Instance symmetricInViews(LossFunction loss, Example example) {
    LossFunction.Point point = loss.at(example.views());
    LossFunction.Point exchanged = loss.at(Lists.reverse(example.views()));
    return Instance.of(both(exchanged, point.value(), Lists.reverse(point.gradients())));
  }

  private static Instance rotationInvariant(LossFunction loss, Example example) {
    Array q = Choice.of(example).orthogonal(example.features());
    LossFunction.Point point = loss.at(example.views());
    LossFunction.Point rotated = loss.at(each(example, z -> Rows.times(z, q)));
    List<Array> gradients = point.gradients().stream().map(g -> Rows.times(g, q)).toList();
    return Instance.of(both(rotated, point.value(), gradients)).given("Q", q);
  }

  private static Instance rowScaleInvariant(LossFunction loss, Example example) {
    Choice choice = Choice.of(example);
    List<Array> scaled =
        each(example, z -> Rows.scaled(z, choice.scales(example.samples(), 0.1, 10)));
    return show(
        scaled,
        "diag(s) Z",
        Sides.equal("value", loss.at(scaled).value(), loss.at(example.views()).value()));
  }

  private static Instance translationInvariant(LossFunction loss, Example example) {
    Array v = Choice.of(example).shift(example.features(), 1);
    LossFunction.Point point = loss.at(example.views());
    LossFunction.Point moved = loss.at(each(example, z -> Rows.shifted(z, v)));
    return Instance.of(both(moved, point.value(), point.gradients())).given("v", v);
  }

  private static Instance rowOrderInvariant(LossFunction loss, Example example) {
    List<Integer> order = Choice.of(example).order(example.samples());
    LossFunction.Point point = loss.at(example.views());
    LossFunction.Point reordered = loss.at(each(example, z -> Rows.ordered(z, order)));
    List<Array> gradients = point.gradients().stream().map(g -> Rows.ordered(g, order)).toList();
    return Instance.of(both(reordered, point.value(), gradients))
        .given("order of rows", Array.fill(Shape.of(order.size()), order::get));
  }

  private static Instance featureOrderInvariant(LossFunction loss, Example example) {
    int d = example.features();
    Choice choice = Choice.of(example);
    List<Integer> order = choice.order(d);
    Array signs = choice.signs(d);
    Array p = Array.fill(Shape.of(d, d), i -> order.get(i % d) == i / d ? signs.at(i % d) : 0);
    return Instance.of(
            Sides.equal(
                "value",
                loss.at(each(example, z -> Rows.times(z, p))).value(),
                loss.at(example.views()).value()))
        .given("P", p);
  }

  private static Instance finiteWhenCollapsed(LossFunction loss, Example example) {
    Collapse collapse = COLLAPSES.get(example.choice() % COLLAPSES.size());
    List<Array> collapsed = collapse.of(example.views());
    return show(
        collapsed,
        "C " + Ascii.toLowerCase(collapse.name()).replace('_', ' '),
        finite(loss, collapsed));
  }

  private static Instance finiteForTwoSamples(LossFunction loss, Example example) {
    int d = example.features();
    List<Array> two = each(example, z -> Array.fill(Shape.of(2, d), i -> z.at(i % z.size())));
    int kind = example.choice() % (COLLAPSES.size() + 1);
    List<Array> views = kind == 0 ? two : COLLAPSES.get(kind - 1).of(two);
    return show(views, "Z of two samples", finite(loss, views));
  }

  private static Sides[] finite(LossFunction loss, List<Array> views) {
    List<Sides> sides = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      LossFunction.Point point = loss.at(views, precision);
      sides.add(
          Sides.finite(
              "value in " + Ascii.toLowerCase(precision.name()), Array.scalar(point.value())));
      for (int i = 0; i < point.gradients().size(); i++) {
        sides.add(
            Sides.finite(
                gradient(i) + " in " + Ascii.toLowerCase(precision.name()),
                point.gradients().get(i)));
      }
    }
    return sides.toArray(Sides[]::new);
  }

  private static Instance gradientOrthogonalToRows(LossFunction loss, Example example) {
    LossFunction.Point point = loss.at(example.views());
    List<Sides> sides = new ArrayList<>();
    for (int i = 0; i < loss.views(); i++) {
      Array z = example.views().get(i);
      Array g = point.gradients().get(i);
      Shape rows = Shape.of(example.samples());
      sides.add(
          Sides.equal(
              "<dL/dz_i, z_i> / |z_i| of view " + (i + 1),
              Array.fill(rows, row -> cosine(Rows.row(z, row), Rows.row(g, row))),
              Array.fill(rows, row -> 0)));
    }
    return Instance.of(sides);
  }

  /** {@code <g, z>} over the length of z, and over that of g where it is above one. */
  private static double cosine(double[] z, double[] g) {
    double product = Rows.dot(g, z);
    return product == 0 ? 0 : product / Math.sqrt(Rows.dot(z, z) * (1 + Rows.dot(g, g)));
  }

  private static Instance gradientRowsSumToZero(LossFunction loss, Example example) {
    LossFunction.Point point = loss.at(example.views());
    Shape columns = Shape.of(example.features());
    Array sums =
        Array.fill(
            columns,
            column ->
                point.gradients().stream()
                    .map(Rows::transposed)
                    .flatMapToDouble(g -> Arrays.stream(Rows.row(g, column)))
                    .sum());
    return Instance.of(Sides.equal("sum of gradients", sums, Array.fill(columns, i -> 0)));
  }

  private static Instance symmetricHessian(LossFunction loss, Example example) {
    Choice choice = Choice.of(example);
    List<Array> u = each(example, z -> choice.direction(z.shape()));
    List<Array> v = each(example, z -> choice.direction(z.shape()));
    List<Array> arguments = new ArrayList<>(example.views());
    arguments.addAll(u);
    arguments.addAll(v);
    int k = loss.views();
    Map<String, Array> products =
        loss.compute(
            "Hessian products",
            Precision.FLOAT64,
            arguments,
            all -> {
              Vector point = vector(all.subList(0, k));
              Vector left = vector(all.subList(k, 2 * k));
              Vector right = vector(all.subList(2 * k, 3 * k));
              Expr value = loss.of(all.subList(0, k));
              return Map.of(
                  "uHv", Derivatives.hvp(value, point, right).dot(left),
                  "vHu", Derivatives.hvp(value, point, left).dot(right));
            });
    Instance instance =
        Instance.of(
            Sides.equal(
                "product", products.get("uHv").scalarValue(), products.get("vHu").scalarValue()));
    for (int i = 0; i < k; i++) {
      instance = instance.given("u" + (i + 1), u.get(i)).given("v" + (i + 1), v.get(i));
    }
    return instance;
  }

  private static Vector vector(List<Expr> components) {
    ImmutableMap.Builder<String, Expr> named = ImmutableMap.builder();
    for (int i = 0; i < components.size(); i++) {
      named.put("z" + i, components.get(i));
    }
    return Vector.of(named.buildOrThrow());
  }

  private static Instance constantWhereDetached(LossFunction loss, Example example) {
    int detached = example.choice() % loss.views();
    List<Expr> views = variables(example);
    List<Expr> given = new ArrayList<>(views);
    given.set(detached, views.get(detached).detached());
    Expr value = loss.of(given);
    LossFunction.Point free = loss.at(example.views());
    Map<String, Array> results =
        loss.compute(
            "detached " + detached,
            Precision.FLOAT64,
            example.views(),
            all -> {
              List<Expr> some = new ArrayList<>(all);
              some.set(detached, all.get(detached).detached());
              Expr part = loss.of(some);
              ImmutableMap.Builder<String, Expr> gradients = ImmutableMap.builder();
              for (int i = 0; i < all.size(); i++) {
                gradients.put("gradient " + i, part.gradient(all.get(i)));
              }
              return gradients.buildOrThrow();
            });
    List<Sides> sides = new ArrayList<>();
    for (int i = 0; i < loss.views(); i++) {
      Array gradient = results.get("gradient " + i);
      boolean constant = i == detached;
      sides.add(
          Sides.isTrue("there is a path to z" + (i + 1), value.reaches(views.get(i)), !constant));
      sides.add(
          Sides.equal(
              gradient(i),
              gradient,
              constant ? Array.fill(gradient.shape(), j -> 0) : free.gradients().get(i)));
    }
    return Instance.of(sides).given("detached view", Array.scalar(detached + 1));
  }

  private static Instance constantInTargets(
      ImmutableSet<Integer> targets, LossFunction loss, Example example) {
    List<Expr> views = variables(example);
    Expr value = loss.of(views);
    LossFunction.Point point = loss.at(example.views());
    List<Sides> sides = new ArrayList<>();
    for (int i = 0; i < loss.views(); i++) {
      boolean target = targets.contains(i);
      String z = "z" + (i + 1);
      sides.add(Sides.isTrue("the loss contains " + z, value.contains(views.get(i)), true));
      sides.add(Sides.isTrue("a gradient flows to " + z, value.reaches(views.get(i)), !target));
      sides.add(
          Sides.isTrue(
              gradient(i) + " is zero", Rows.largest(point.gradients().get(i)) == 0, target));
    }
    return Instance.of(sides);
  }

  private static Instance unchangedBySubstitution(LossFunction loss, Example example) {
    List<Expr> views =
        IntStream.range(0, loss.views())
            .mapToObj(
                i -> Expr.variable("z" + i, example.views().get(i).shape(), Initializer.zeros()))
            .toList();
    Variables variables = Variables.of(views);
    Vector others = variables.copy("other").vector();
    Expr value = loss.of(views);
    return Instance.of(
        Sides.isTrue("written twice it is the same", loss.of(views).equals(value), true),
        Sides.isTrue(
            "the identity changes nothing",
            value.substitute(variables, variables.vector()).equals(value),
            true),
        Sides.isTrue(
            "other variables give the loss of those",
            value
                .substitute(variables, others)
                .equals(loss.of(others.components().values().asList())),
            true));
  }

  private static Instance agreesInSinglePrecision(LossFunction loss, Example example) {
    LossFunction.Point exact = loss.at(example.views());
    LossFunction.Point rounded = loss.at(example.views(), Precision.FLOAT32);
    return Instance.of(both(rounded, exact.value(), exact.gradients()));
  }

  private static List<Expr> variables(Example example) {
    return example.views().stream().map(z -> Expr.variable("z", z)).toList();
  }

  private static List<Array> each(Example example, UnaryOperator<Array> change) {
    return example.views().stream().map(change).toList();
  }

  private static String gradient(int view) {
    return "gradient by z" + (view + 1);
  }

  /** The sides of the value and of all gradients. */
  private static List<Sides> both(LossFunction.Point left, double value, List<Array> gradients) {
    List<Sides> sides = new ArrayList<>();
    sides.add(Sides.equal("value", left.value(), value));
    for (int i = 0; i < gradients.size(); i++) {
      sides.add(Sides.equal(gradient(i), left.gradients().get(i), gradients.get(i)));
    }
    return sides;
  }

  private static Instance show(List<Array> changed, String symbol, Sides... sides) {
    Instance instance = Instance.of(sides);
    for (int i = 0; i < changed.size(); i++) {
      instance = instance.given(symbol + ", view " + (i + 1), changed.get(i));
    }
    return instance;
  }

  /** What a law draws from the choice of an example; the simplest of its kind for 0. */
  private record Choice(boolean simplest, Draws draws) {
    static Choice of(Example example) {
      return new Choice(example.choice() == 0, Draws.seed(example.choice()));
    }

    /** By the angle with cosine 3/5 and sine 4/5 in the plane of the first two features. */
    Array orthogonal(int size) {
      if (!simplest) {
        return draws.orthogonal(size);
      }
      double[] turn = {0.6, 0.8, -0.8, 0.6};
      return Array.fill(
          Shape.of(size, size),
          i -> {
            int row = i / size;
            int column = i % size;
            if (size == 1) {
              return -1;
            }
            return row < 2 && column < 2 ? turn[2 * row + column] : row == column ? 1 : 0;
          });
    }

    Array scales(int size, double low, double high) {
      return simplest
          ? Array.fill(Shape.of(size), i -> i == 0 ? 2 : 1)
          : draws.uniform(low, high, size);
    }

    Array shift(int size, double unit) {
      return simplest
          ? Array.fill(Shape.of(size), i -> i == 0 ? unit : 0)
          : draws.uniform(-unit, unit, size);
    }

    List<Integer> order(int size) {
      return simplest
          ? IntStream.range(0, size).mapToObj(i -> size - 1 - i).toList()
          : draws.order(size);
    }

    Array signs(int size) {
      return simplest
          ? Array.fill(Shape.of(size), i -> i == 0 ? -1 : 1)
          : Array.fill(Shape.of(size), i -> draws.integer(2) == 0 ? -1 : 1);
    }

    Array direction(Shape shape) {
      return draws.normal(shape);
    }
  }
}
