package io.github.bilevel4j.examples.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.fuzz.Outcome.Kind;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.CustomOp;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Operand;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Some thousands of fixed cases find nothing, and planted faults are found. */
class FuzzTest {
  private static final long SEED = 20;

  private static Tally outcomes(Target target, int batches, int batch) {
    SplittableRandom random = new SplittableRandom(SEED);
    Tally tally = new Tally();
    for (int i = 0; i < batches; i++) {
      target.run(random.longs(batch).boxed().toList()).forEach(tally::add);
    }
    return tally;
  }

  @Test
  void expressionsGiveRightValuesOrErrors() {
    Tally tally = outcomes(Expressions.all(), 50, 64);
    assertThat(tally.findings()).isEmpty();
    assertThat(tally.count()).isEqualTo(3200);
    assertThat(tally.count(Kind.VALUE)).isGreaterThan(800);
    assertThat(tally.count(Kind.REFUSED)).isGreaterThan(800);
  }

  @Test
  void readersGiveValuesOrErrors() {
    Tally tally = outcomes(Readers.all(), 1, 1000);
    assertThat(tally.findings()).isEmpty();
    for (FileKind kind : FileKind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      assertThat(tally.count(Kind.VALUE, name)).as(name).isPositive();
      assertThat(tally.count(Kind.REFUSED, name)).as(name).isPositive();
    }
  }

  @Test
  void weightsOfOtherProgramsGiveValuesOrErrors() {
    Tally tally = outcomes(Readers.of(WeightsKind.values()), 1, 3000);
    assertThat(tally.findings()).isEmpty();
    for (WeightsKind kind : WeightsKind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      assertThat(tally.count(Kind.VALUE, name)).as(name).isGreaterThan(50);
      assertThat(tally.count(Kind.REFUSED, name)).as(name).isGreaterThan(50);
    }
  }

  /**
   * An operation that is always refused would hide its faults. Adjoints that have the shape of an
   * image or of a filter as an attribute are met in derivatives alone.
   */
  @Test
  void everyOperationAndPrimitiveGivesAValue() {
    List<String> refused = new ArrayList<>();
    for (Operation operation : Operation.ALL) {
      boolean isWritten = false;
      for (long seed = 0; seed < 1500 && !isWritten; seed++) {
        isWritten = ExpressionCase.written(seed, List.of(operation)).ended().isEmpty();
      }
      if (!isWritten) {
        refused.add(operation.name());
      }
    }
    assertThat(refused)
        .isSubsetOf(
            "primitive Convolution$ImageGradient",
            "primitive Convolution$FilterGradient",
            "primitive Pooling$AverageGradient");
  }

  @Test
  void theSameSeedIsTheSameCase() {
    assertThat(Expressions.all().text(7)).isEqualTo(Expressions.all().text(7));
    assertThat(Readers.all().text(7)).isEqualTo(Readers.all().text(7)).contains("bytes");
  }

  private static Operation operation(String name, UnaryOperator<Expr> applied) {
    return new Operation() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public Expr apply(Arguments arguments, Chance chance) {
        return applied.apply(arguments.operand());
      }
    };
  }

  /** A primitive whose shape rule fails as it must not. */
  private record Careless() implements CustomOp {
    @Override
    public String label() {
      return "careless";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      return Shape.of(operands.get(0).shape().toArray()[7]);
    }
  }

  @Test
  void aShapeRuleThatFailsIsFound() {
    Tally tally =
        outcomes(Expressions.of(operation("careless", x -> Expr.of(new Careless(), x))), 1, 20);
    assertThat(tally.findings())
        .extracting(Outcome::label)
        .contains("ArrayIndexOutOfBoundsException at FuzzTest$Careless.shape");
  }

  @Test
  void aWrongValueOrShapeIsFound() {
    Array at = Array.vector(1, 4, Double.NaN);
    Expr root = Expr.variable("x", at).sqrt();
    LocalCheck check = new LocalCheck(Precision.FLOAT32);
    assertThat(check.mistake(root, List.of(at), Array.vector(1, 2, Double.NaN))).isEmpty();
    assertThat(check.mistake(root, List.of(at), Array.vector(1, 2.001, Double.NaN)))
        .contains("element 1 is 2.001, not 2.0");
    assertThat(check.mistake(root, List.of(at), Array.vector(1, 2, 3)))
        .contains("element 2 is 3.0, not NaN");
    assertThat(check.mistake(root, List.of(at), Array.vector(1, 2))).contains("has the shape [2]");
  }

  /** One divided by a number whose reciprocal overflows. */
  @Test
  void onlyNumbersBelowTheSmallestNormalOneExcuseAnInfinity() {
    LocalCheck check = new LocalCheck(Precision.FLOAT32);
    for (double diagonal : new double[] {1e-40, 1e-37}) {
      Array matrix = Array.matrix(new double[] {diagonal});
      Expr solution =
          Expr.of(
              new TriangularSolve(false),
              Expr.variable("matrix", matrix),
              Expr.variable("right side", matrix));
      Array infinite = Array.matrix(new double[] {Double.POSITIVE_INFINITY});
      assertThat(check.mistake(solution, List.of(matrix, matrix), infinite).isEmpty())
          .isEqualTo(diagonal == 1e-40);
      assertThat(check.mistake(solution, List.of(matrix, matrix), Array.matrix(new double[] {2})))
          .isPresent();
    }
    Array small = Array.vector(6e-39);
    Expr reciprocal = Expr.variable("small", small).reciprocal();
    assertThat(check.mistake(reciprocal, List.of(small), Array.vector(1 / 6e-39))).isEmpty();
    assertThat(check.mistake(reciprocal, List.of(small), Array.vector(1 / 0.0))).isEmpty();
    assertThat(check.mistake(reciprocal, List.of(small), Array.vector(-1 / 0.0))).isPresent();
  }

  @Test
  void positionsAreRoundedAndInfinitiesGoThroughConvolutionsWithoutBorder() {
    LocalCheck check = new LocalCheck(Precision.FLOAT64);
    Array table = Array.vector(1, 2, 3);
    Array positions = Array.vector(0.7, 1.2);
    Expr rows =
        Expr.of(new Gather(), Expr.variable("table", table), Expr.variable("at", positions));
    assertThat(check.mistake(rows, List.of(table, positions), Array.vector(2, 2))).isEmpty();
    assertThat(check.mistake(rows, List.of(table, positions), Array.vector(1, 2))).isPresent();
    Array image = Array.of(Shape.of(1, 1, 1, 1), Double.POSITIVE_INFINITY);
    for (int border = 0; border < 2; border++) {
      Expr output =
          Expr.of(
              new Convolution.Forward(Window.of(1, border)),
              Expr.variable("image", image),
              Expr.variable("filter", image));
      Array zeros = Array.fill(output.shape(), i -> 0);
      assertThat(check.mistake(output, List.of(image, image), zeros).isPresent())
          .isEqualTo(border == 0);
    }
  }

  @Test
  void aProcessThatDiesIsAnOutcome() throws Exception {
    try (FuzzProcess process = FuzzProcess.start()) {
      assertThat(process.run(List.of(3L), 60).outcomes()).hasSize(1);
      process.end();
      assertThat(process.run(List.of(3L), 60).end().orElseThrow()).startsWith("crash with status");
    }
  }

  /** A reader with a fault. */
  private record Faulty(RuntimeException failure) implements FileReader {
    @Override
    public String name() {
      return "FAULTY";
    }

    @Override
    public Map<String, byte[]> files(Chance chance) {
      return Map.of("data", new byte[] {1, 2, 3});
    }

    @Override
    public Object read(Path folder, Chance chance) {
      throw failure;
    }

    @Override
    public boolean isAlwaysGood() {
      return false;
    }
  }

  @Test
  void aReaderThatFailsOrNamesNoFileIsFound() {
    assertThat(
            Readers.of(new Faulty(new ArrayIndexOutOfBoundsException(7))).run(List.of(1L)).get(0))
        .satisfies(
            outcome -> {
              assertThat(outcome.kind()).isEqualTo(Kind.FINDING);
              assertThat(outcome.seed()).isEqualTo(1);
              assertThat(outcome.label()).startsWith("ArrayIndexOutOfBoundsException");
              assertThat(outcome.text()).contains("FAULTY", "data, ");
            });
    UsageError vague = UsageError.in("read").because("it is broken").error();
    assertThat(Readers.of(new Faulty(vague)).run(List.of(1L)).get(0).label())
        .isEqualTo("message of faulty");
  }

  /** A reader that does more than read. */
  private record Busy(Consumer<Path> work) implements FileReader {
    @Override
    public String name() {
      return "BUSY";
    }

    @Override
    public Map<String, byte[]> files(Chance chance) {
      return Map.of("data", new byte[] {1, 2, 3});
    }

    @Override
    public Object read(Path folder, Chance chance) {
      work.accept(folder);
      return folder;
    }

    @Override
    public boolean isAlwaysGood() {
      return true;
    }
  }

  private static String label(Consumer<Path> work) {
    return Readers.of(new Busy(work)).run(List.of(1L)).get(0).label();
  }

  @Test
  void aFileBesideTheInputAndTooMuchMemoryAreFound() {
    assertThat(label(folder -> {})).isEqualTo("busy");
    assertThat(label(folder -> assertThat(folder.resolveSibling("out").toFile().mkdir()).isTrue()))
        .isEqualTo("files beside busy");
    assertThat(label(folder -> assertThat(new long[(96 << 20) / Long.BYTES]).isNotEmpty()))
        .isEqualTo("memory of busy");
  }

  @Test
  void aSeedTellsTheKindOfItsCase() {
    for (io.github.bilevel4j.examples.fuzz.Kind kind :
        io.github.bilevel4j.examples.fuzz.Kind.values()) {
      for (long bits : new long[] {0, -1, 12345, Long.MIN_VALUE}) {
        assertThat(io.github.bilevel4j.examples.fuzz.Kind.of(kind.seed(bits))).isEqualTo(kind);
      }
    }
    Tally archives = outcomes(io.github.bilevel4j.examples.fuzz.Kind.ARCHIVES.target(), 1, 200);
    assertThat(archives.findings()).isEmpty();
    assertThat(archives.count(Kind.VALUE, "stl 10 archive")).isPositive();
    assertThat(archives.count(Kind.REFUSED, "damaged before packing")).isPositive();
  }

  @Test
  void outcomesSurviveTheWayBetweenProcesses() {
    Outcome outcome = Outcome.finding(-3, "crash", "two\nlines \"quoted\"");
    assertThat(Outcome.parse(outcome.line())).isEqualTo(outcome);
  }
}
