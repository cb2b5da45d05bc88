package io.github.bilevel4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.op.Window;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelProfileTest {
  private static final Step STEP = Step.named("step");

  private static KernelRun kernel(String kind, double seconds, double bytes, double operations) {
    return new KernelRun(STEP, "name", kind, Optional.empty(), seconds, bytes, operations);
  }

  private static KernelRun kernel(Step step, Expr origin) {
    return new KernelRun(step, "name", "Kind", Optional.of(origin), 1, 0, 0);
  }

  /** Two steps; 10 GFLOP/s and 1 GB/s. */
  private static KernelProfile profile() {
    return KernelProfile.of(
        List.of(
            kernel("NoOp", 0.01, 0, 0),
            kernel("Conv2D", 0.5, 1e6, 4e9),
            kernel("Conv2DBackpropFilter", 0.2, 2e6, 1.5e9),
            kernel("Mul", 0.05, 20e6, 0),
            kernel("NoOp", 0.01, 0, 0),
            kernel("Conv2D", 0.1, 1e6, 0.4e9),
            kernel("Conv2DBackpropFilter", 0.1, 2e6, 0.5e9),
            kernel("Mul", 0.03, 20e6, 0)),
        List.of("none", "layer1", "layer2", "layer1", "none", "layer2", "layer2", "layer1"),
        List.of("stem", "layer1", "layer2", "none"),
        2,
        new Peak(10e9, 1e9));
  }

  @Test
  void tellsKindsByTheirTime() {
    assertThat(profile().byKind(2).toString())
        .isEqualTo(
            """
            | operation            | kernels |     ms | % of time |   MB | GFLOP | % of the peak |
            | -------------------- | ------: | -----: | --------: | ---: | ----: | ------------: |
            | Conv2D               |       1 | 300.00 |      60.0 |  1.0 |  2.20 |            73 |
            | Conv2DBackpropFilter |       1 | 150.00 |      30.0 |  2.0 |  1.00 |            67 |
            | 2 others             |       2 |  50.00 |      10.0 | 20.0 |  0.00 |            40 |
            | all                  |       4 | 500.00 |     100.0 | 23.0 |  3.20 |            68 |""");
  }

  @Test
  void tellsLayersInTheirOrder() {
    assertThat(profile().byLayer().toString())
        .isEqualTo(
            """
            | layer  | kernels |     ms | % of time |   MB | GFLOP | % of the peak |
            | ------ | ------: | -----: | --------: | ---: | ----: | ------------: |
            | layer1 |       2 | 290.00 |      58.0 | 20.5 |  2.00 |            76 |
            | layer2 |       2 | 200.00 |      40.0 |  2.5 |  1.20 |            60 |
            | none   |       1 |  10.00 |       2.0 |  0.0 |  0.00 |               |
            | all    |       4 | 500.00 |     100.0 | 23.0 |  3.20 |            68 |""");
    assertThat(profile().convolutions()).isCloseTo(0.9, within(1e-12));
    Map<String, Map<String, Double>> bars = profile().bars(1);
    assertThat(bars.keySet()).containsExactly("Conv2D", "other");
    assertThat(bars.get("Conv2D").get("layer1")).isCloseTo(250, within(1e-9));
    assertThat(bars.get("other").get("layer2")).isCloseTo(150, within(1e-9));
    assertThat(bars.get("other").keySet()).containsExactly("layer1", "layer2", "none");
  }

  /** 1 s of a product of matrices that is a filter's gradient, beside 3 s of another one. */
  @Test
  void convolutionsAreSoByWhateverKernels() {
    Expr image = Expr.input("image", 2, 4, 4, 3);
    Expr gradient = Expr.input("gradient", 2, 4, 4, 5);
    Expr filter =
        Expr.of(
            new Convolution.FilterGradient(Window.of(1, 1), Shape.of(3, 3, 3, 5)), image, gradient);
    KernelProfile profile =
        KernelProfile.of(
            List.of(
                new KernelRun(STEP, "a", "MatMul", Optional.of(filter), 1, 0, 1e9),
                kernel("MatMul", 3, 0, 1e9)),
            List.of("layer1", "layer1"),
            List.of("layer1"),
            1,
            new Peak(10e9, 1e9));
    assertThat(profile.convolutions()).isEqualTo(0.25);
  }

  @Test
  void findsTheLayersOfNodes() {
    Expr first = Expr.variable("a/weight", Shape.of(4, 3), Initializer.zeros());
    Expr second = Expr.variable("b/weight", Shape.of(3, 5), Initializer.zeros());
    Expr copy = Expr.variable("inner/b/weight", Shape.of(3, 5), Initializer.zeros());
    Expr images = Expr.variable("images", Shape.of(7, 4), Initializer.zeros());
    Expr hidden = images.matmul(first).relu();
    Expr output = hidden.matmul(second);
    Expr moved = hidden.matmul(copy.minus(output.mean().times(second)));
    Expr slope = moved.matmul(second.transposed());
    Expr masked = slope.times(hidden);
    Expr kept = Expr.variable("kept/0", Shape.of(7, 5), Initializer.zeros());
    Step keeping = Step.named("keep").updating(kept, output.exp());
    Step step = Step.named("step");
    List<KernelRun> kernels =
        List.of(
            kernel(keeping, output.exp()),
            kernel(step, images.squared()),
            kernel(step, hidden),
            kernel(step, output),
            kernel(step, moved),
            kernel(step, slope),
            kernel(step, masked),
            kernel(step, images.transposed().matmul(masked)),
            kernel(step, kept.squared()),
            new KernelRun(step, "done", "NoOp", Optional.empty(), 0, 0, 0));
    Layers layers = Layers.of(ImmutableMap.of("a", Variables.of(first), "b", Variables.of(second)));
    assertThat(layers.of(kernels))
        .isEqualTo(ImmutableList.of("b", "none", "a", "b", "b", "b", "a", "a", "b", "none"));
    assertThat(layers.order()).containsExactly("a", "b", "none");
  }
}
