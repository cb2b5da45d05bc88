package io.github.bilevel4j.backend.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.SingleLevelSolver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The same bits on one processor and on two, in processes of their own. */
class ThreadCountTest {
  /** Some steps of a convolution and a matrix product; prints a hash of all bits. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      if (arguments.length > 0) {
        TensorFlowEngine.useThreads(Integer.parseInt(arguments[0]));
      }
      Expr images = Expr.constant(Array.fill(Shape.of(8, 32, 32, 3), i -> Math.cos(i)));
      Expr filter = Expr.variable("filter", Shape.of(3, 3, 3, 16), Initializer.normal(0.3, 1));
      Expr matrix = Expr.variable("matrix", Shape.of(16, 300), Initializer.normal(0.3, 2));
      Expr map = images.conv2d(filter, 1, 1).tanh();
      Expr features = map.mean(1, 2).matmul(matrix).tanh();
      Expr loss = map.squared().mean().plus(features.columnGram().squared().mean());
      SingleLevelProblem problem =
          new SingleLevelProblem(
              "steps",
              Variables.of(filter, matrix),
              Objective.of("loss", loss),
              Sgd.rate(1).momentum(0.9),
              ImmutableList.of());
      try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
        SingleLevelSolver solver = SingleLevelSolver.of(problem, engine);
        for (int k = 0; k < 5; k++) {
          solver.step(Feed.none());
        }
        System.out.println(
            engine.device()
                + " "
                + Arrays.hashCode(engine.read(filter).toDoubles())
                + " "
                + Arrays.hashCode(engine.read(matrix).toDoubles()));
      }
    }
  }

  private static String run(String processors, String... arguments) throws Exception {
    Path out = Files.createTempFile("threads", ".txt");
    try {
      List<String> command =
          ImmutableList.<String>builder()
              .add("taskset", "-c", processors)
              .add(Path.of(System.getProperty("java.home"), "bin", "java").toString())
              .add("-cp", System.getProperty("java.class.path"), Program.class.getName())
              .add(arguments)
              .build();
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(process.waitFor()).isZero();
      return Files.readString(out, StandardCharsets.UTF_8).strip();
    } finally {
      Files.delete(out);
    }
  }

  private static boolean canChooseProcessors() {
    try {
      Process process =
          new ProcessBuilder("taskset", "-c", "0,1", "true")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0 && Runtime.getRuntime().availableProcessors() > 1;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  @Test
  void theSameBitsOnAnyNumberOfProcessors() throws Exception {
    assumeTrue(canChooseProcessors(), "needs Linux and two processors");
    for (String threads : List.of("1", "2")) {
      String one = run("0", threads);
      assertThat(one).startsWith("cpu (" + threads + " thread");
      assertThat(run("0,1", threads)).isEqualTo(one);
    }
    boolean differ = !run("0,1").replace("2 threads", "1 thread").equals(run("0"));
    assumeTrue(differ, "this machine gives the same bits anyway: nothing was shown");
  }

  @Test
  void tooLate() {
    TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64).close();
    int many = Runtime.getRuntime().availableProcessors() + 7;
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> TensorFlowEngine.useThreads(many))
        .withMessageStartingWith("threads: TensorFlow computes already, with ")
        .withMessageEndingWith(
            "Maybe useThreads(" + many + ") was meant before the first engine of the program.");
    assertThatExceptionOfType(UsageError.class)
        .isThrownBy(() -> TensorFlowEngine.useThreads(0))
        .withMessage("threads: the number of threads must be 1 or more, got 0.");
  }
}
