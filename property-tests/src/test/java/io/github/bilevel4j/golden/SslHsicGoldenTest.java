package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.kernel.InverseMultiquadric;
import io.github.bilevel4j.losses.kernel.KernelSpectrum;
import io.github.bilevel4j.losses.kernel.RandomFeatures;
import io.github.bilevel4j.losses.kernel.SslHsicLoss;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** SSL-HSIC with the kernel and with given random features, and what its kernel is made of. */
class SslHsicGoldenTest implements GoldenKind {
  /** What comparing each of the four samples of an image with itself adds. */
  private static final double SELF = 1.0 / 3;

  @Override
  public String file() {
    return "ssl_hsic";
  }

  @Override
  public ImmutableMap<String, String> notCompared() {
    return ImmutableMap.<String, String>builder()
        .putAll(NOTES)
        .put(
            "extras/label_weight_gap",
            "a property of the weights of the published program, which the loss does not have")
        .buildOrThrow();
  }

  @Override
  public ImmutableMap<String, String> notUsed() {
    return ImmutableMap.of(
        "order_of_hiddens", "the loss takes predictions and targets by themselves");
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    double gamma = golden.number("gamma");
    SslHsicLoss hsic = hsic(golden).weight(gamma);
    golden
        .requires("kernel", "inverse multiquadric c/sqrt(c^2+d^2)")
        .requires(
            "num_rff_features", golden.hasInput("dir1") ? golden.input("dir1").shape().dim(0) : 0);
    Expr p1 = golden.variable("pred1");
    Expr p2 = golden.variable("pred2");
    List<Expr> predictions = List.of(p1, p2);
    List<Expr> targets = List.of(golden.constant("targ1"), golden.constant("targ2"));
    Expr loss = hsic.of(predictions, targets);
    Expr dependence = hsic.alignment(predictions, targets).negated();
    computed
        .put("loss", loss)
        .putGradients("grad", loss, Map.of("pred1", p1, "pred2", p2))
        .put("extras/hsic_xy", dependence)
        .put("extras/hsic_xx", hsic.constraint(predictions, targets).dividedBy(gamma).squared())
        .put("extras/paper_hsic_zy_without_constant", dependence.minus(SELF));
  }

  private static SslHsicLoss hsic(GoldenCase golden) {
    InverseMultiquadric kernel = InverseMultiquadric.scale(golden.number("c"));
    return golden.text("variant").equals("exact")
        ? SslHsicLoss.exact(kernel)
        : SslHsicLoss.approximate(kernel, features(golden, 1), features(golden, 2));
  }

  private static RandomFeatures features(GoldenCase golden, int draw) {
    return RandomFeatures.along(
        golden.constant("dir" + draw),
        golden.constant("amp" + draw).reshape(-1),
        golden.constant("u" + draw).reshape(-1).times(2 * Math.PI));
  }

  /** The file's table of the probabilities of the frequencies' lengths. */
  @TestFactory
  Stream<DynamicTest> amplitudeLaw() {
    return GoldenTable.of(file(), "amplitude_probs", "probs")
        .tests((row, engine, computed) -> computed.put("probs", probabilities(row)));
  }

  private static Array probabilities(GoldenCase row) {
    Array amplitudes = Array.vector(row.numbers("x_range"));
    return KernelSpectrum.on(amplitudes, row.integer("n")).probabilities();
  }

  /** The file's table of the loss that fits the kernel's scale. */
  @TestFactory
  Stream<DynamicTest> kernelScale() {
    return GoldenTable.of(file(), "kernel_scale", "grad_norm_loss", "dloss_dc")
        .tests((row, engine, computed) -> kernelScale(row, computed));
  }

  private static void kernelScale(GoldenCase row, Computed computed) {
    Expr c = Expr.variable("c", Array.scalar(row.number("c")));
    Expr loss = InverseMultiquadric.scale(c).scaleLossOfSquaredDistances(row.constant("dist_sq"));
    computed.put("grad_norm_loss", loss).put("dloss_dc", loss.gradient(c));
  }
}
