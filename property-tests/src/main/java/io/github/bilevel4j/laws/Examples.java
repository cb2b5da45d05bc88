package io.github.bilevel4j.laws;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.ShrinkingDistance;

/** Arbitrary examples for jqwik, and what is simpler than an example. */
public final class Examples {
  /** The least number of samples to which an example shrinks: a variance needs two. */
  private static final int LEAST_SAMPLES = 2;

  private Examples() {}

  /** Independent standard normal embeddings of one of the shapes, and a random choice. */
  public static Arbitrary<Example> normal(int views, List<Shape> shapes) {
    return arbitrary(shapes, (draws, shape) -> Example.normal(draws, views, shape));
  }

  /** Embeddings of unit length in independent directions, and a random choice. */
  public static Arbitrary<Example> unitRows(int views, List<Shape> shapes) {
    return arbitrary(
        shapes,
        (draws, shape) -> changed(Example.normal(draws, views, shape), z -> draws.unitRows(shape)));
  }

  /** Normal embeddings that have collapsed in one way, and a random choice. */
  public static Arbitrary<Example> collapsed(Collapse collapse, int views, List<Shape> shapes) {
    return arbitrary(
        shapes,
        (draws, shape) -> {
          Example example = Example.normal(draws, views, shape);
          return example.with(ImmutableList.copyOf(collapse.of(example.views())));
        });
  }

  /** One matrix of independent standard normal entries. */
  public static Arbitrary<Array> matrices(int rows, int columns) {
    return normal(1, List.of(Shape.of(rows, columns))).map(example -> example.views().get(0));
  }

  private interface Generator {
    Example draw(Draws draws, Shape shape);
  }

  private static Arbitrary<Example> arbitrary(List<Shape> shapes, Generator generator) {
    Require.in("examples").atLeast(1, "number of shapes", shapes.size());
    return Arbitraries.fromGenerator(
        random ->
            shrinkable(generator.draw(draws(random), shapes.get(random.nextInt(shapes.size())))));
  }

  private static Draws draws(Random random) {
    return Draws.seed(random.nextLong());
  }

  private static Shrinkable<Example> shrinkable(Example example) {
    return new Shrinkable<>() {
      @Override
      public Example value() {
        return example;
      }

      @Override
      public Stream<Shrinkable<Example>> shrink() {
        return simpler(example).map(Examples::shrinkable);
      }

      @Override
      public ShrinkingDistance distance() {
        return ShrinkingDistance.of(complexity(example));
      }
    };
  }

  /** The number of entries, the complexity of the choice, the sum of that of the entries. */
  static long[] complexity(Example example) {
    long entries = 0;
    for (Array view : example.views()) {
      for (double value : view.toDoubles()) {
        entries += complexity(value);
      }
    }
    int n = example.samples();
    int d = example.features();
    return new long[] {(long) n * d, n, example.choice(), entries};
  }

  /** 0 for zero, 1 for one, 2 for minus one, more for other integers, then for fractions. */
  private static long complexity(double value) {
    if (value == 0) {
      return 0;
    }
    long sign = value < 0 ? 1 : 0;
    for (int digits = 0; digits <= 2; digits++) {
      double scaled = value * Math.pow(10, digits);
      if (Math.abs(scaled - Math.rint(scaled)) < 1e-12 * Math.abs(scaled)) {
        return 100L * digits + 2 * Math.min(40, Math.round(Math.abs(value))) - 1 + sign;
      }
    }
    return 1000;
  }

  /** The examples one step simpler than another, of fewer rows and columns first. */
  static Stream<Example> simpler(Example example) {
    return Stream.of(
            fewerRows(example).stream(),
            fewerColumns(example).stream(),
            simplerChoices(example),
            roundedAtOnce(example),
            simplerEntries(example))
        .flatMap(part -> part);
  }

  private static List<Example> fewerRows(Example example) {
    int n = example.samples();
    List<Example> result = new ArrayList<>();
    if (n > LEAST_SAMPLES) {
      result.add(changed(example, z -> rows(z, LEAST_SAMPLES, n)));
      result.add(changed(example, z -> rows(z, n - 1, n)));
      result.add(changed(example, z -> rows(z, 0, 0)));
    }
    return result;
  }

  /** The first rows; all but the first for {@code count = 0}. */
  private static Array rows(Array z, int count, int n) {
    int d = z.shape().dim(1);
    if (count == 0) {
      return Array.fill(Shape.of(z.shape().dim(0) - 1, d), i -> z.at(i + d));
    }
    return Array.fill(Shape.of(Math.min(count, n), d), z::at);
  }

  private static List<Example> fewerColumns(Example example) {
    int d = example.features();
    List<Example> result = new ArrayList<>();
    if (d > 1) {
      result.add(changed(example, z -> columns(z, 0, 1)));
      if (d > 2) {
        result.add(changed(example, z -> columns(z, 0, 2)));
        result.add(changed(example, z -> columns(z, 0, d - 1)));
      }
      result.add(changed(example, z -> columns(z, 1, d)));
    }
    return result;
  }

  private static Array columns(Array z, int from, int to) {
    int width = to - from;
    return Array.fill(Shape.of(z.shape().dim(0), width), i -> z.get(i / width, from + i % width));
  }

  /** The simplest choice, and the same kind where the choice is one of a few. */
  private static Stream<Example> simplerChoices(Example example) {
    return Stream.of(0, example.choice() % 2, example.choice() % 5, example.choice() % 6)
        .filter(choice -> choice < example.choice())
        .distinct()
        .map(choice -> new Example(example.views(), choice));
  }

  /** All entries rounded to integers, to one decimal, to two decimals. */
  private static Stream<Example> roundedAtOnce(Example example) {
    return Stream.<Function<Double, Double>>of(
            v -> Math.rint(v), v -> Math.rint(v * 10) / 10, v -> Math.rint(v * 100) / 100)
        .map(round -> changed(example, z -> Array.fill(z.shape(), i -> round.apply(z.at(i)))))
        .filter(rounded -> !rounded.equals(example));
  }

  private static Stream<Example> simplerEntries(Example example) {
    List<Example> result = new ArrayList<>();
    for (int view = 0; view < example.views().size(); view++) {
      Array z = example.views().get(view);
      for (int i = 0; i < z.size(); i++) {
        double value = z.at(i);
        for (double simple :
            new double[] {0, 1, -1, 2, Math.rint(value), Math.rint(value * 10) / 10}) {
          if (complexity(simple) < complexity(value)) {
            result.add(replaced(example, view, i, simple));
          }
        }
      }
    }
    return result.stream();
  }

  private static Example replaced(Example example, int view, int position, double value) {
    List<Array> views = new ArrayList<>(example.views());
    Array z = views.get(view);
    views.set(view, Array.fill(z.shape(), i -> i == position ? value : z.at(i)));
    return example.with(ImmutableList.copyOf(views));
  }

  private static Example changed(Example example, UnaryOperator<Array> change) {
    return example.with(
        example.views().stream().map(change).collect(ImmutableList.toImmutableList()));
  }
}
