package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.BatchOrder;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchAndBilevelCommandTest {
  @TempDir private Path folder;

  @Test
  void wrongOptionsEndWithOneLine() {
    assertMistake(
        "error: --runs: the value must be 1 or more, got 0.", "bench", "hvp", "--runs", "0");
    assertMistake(
        "error: device: \"quantum\" is not a device.  devices auto, cpu, gpu:0, gpu:1, ..."
            + "  Maybe gpu:0 was meant.",
        "doctor",
        "--device",
        "quantum");
  }

  private static void assertMistake(String message, String... arguments) {
    Ending ending = Ending.of((Object[]) arguments);
    assertThat(ending.err()).isEqualTo(message + System.lineSeparator());
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.out()).isEmpty();
  }

  @Test
  void aGpuThatIsNotThereEndsDoctor() {
    Ending ending = Ending.of("doctor", "--device", "gpu:99");
    assertThat(ending.status()).isEqualTo(2);
    assertThat(ending.err())
        .startsWith("error: device: there is no gpu:99.  found cpu (")
        .hasLineCount(1);
    assertThat(ending.out()).isEmpty();
  }

  @Test
  void doctorPassesOnTheProcessor() {
    Ending ending = Ending.of("doctor", "--device", "cpu");
    assertThat(ending.status()).isZero();
    assertThat(ending.out()).contains("PASS  cpu float32").contains("PASS  cpu float64");
    assertThat(ending.out()).doesNotContain("FAIL");
  }

  @Test
  void benchesTimeTinyNetworks() {
    Ending steps =
        Ending.of("bench", "ssl-step", "--batch", "16", "--side", "32", "--runs", "1", "--augment");
    assertThat(steps.err()).isEmpty();
    assertThat(steps.out())
        .contains("| training step with augmentation     |")
        .contains("| hypergradient, 10 CG iterations     |")
        .contains("| hypergradient, exact through 1 step |");
    assertThat(steps.status()).isZero();
    Ending products = Ending.of("bench", "hvp", "--batch", "16", "--side", "32", "--runs", "1");
    assertThat(products.out())
        .contains("| one whole Hessian-vector product    |")
        .contains(" 1.00 |");
    assertThat(products.status()).isZero();
  }

  @Test
  void aStepOnManyGpusIsModeled() {
    List<String> model =
        List.of("--no-measurement", "--planned-encoder=small", "--planned-side=16");
    Ending ending =
        scale(model, "--planned-batch=8", "--gpus=1,4", "--per-node=2", "--only=simclr,umm");
    assertThat(ending.err()).isEmpty();
    assertThat(ending.out())
        .contains("SimCLR, small, 8 images of 16 x 16 in two views")
        .contains("UMM, exact, small, 8 images of 16 x 16 in two views")
        .containsPattern("\\| 1 +\\| +8 \\| +\\d+\\.\\d\\d \\| +0 \\| +0 \\|")
        .containsPattern("\\| 4 +\\| +2 \\| +\\d+\\.\\d\\d \\| +18 \\| +1 \\|.* latency \\|");
    assertThat(scale(model, "--planned-batch=8", "--gpus=3").err())
        .isEqualTo("error: --gpus: a batch of 8 is not divisible by 3." + System.lineSeparator());
    assertThat(scale(model, "--gpus=0").err())
        .isEqualTo(
            "error: bench scale: the --gpus must be 1 or more, got 0." + System.lineSeparator());
    assertThat(scale(model, "--latency=1,2").err())
        .startsWith("error: --latency: three numbers are needed, not 2.")
        .hasLineCount(1);
  }

  private static Ending scale(List<String> model, String... more) {
    return Ending.of(
        Stream.of(List.of("bench", "scale"), model, List.of(more)).flatMap(List::stream).toArray());
  }

  @Test
  void aStepIsComparedWithAnotherProgram() {
    Ending ending = against("echo 'epoch median 9 s'; echo 'step  median 1000.0  fastest 3 s'");
    assertThat(ending.err())
        .containsPattern("\\Ahere / there: 0\\.\\d+\\Rhere / there: 0\\.\\d+\\R\\z");
    assertThat(ending.out())
        .contains("training, small, 4 images of 32 x 32 in two views; median of 1 runs; ")
        .containsPattern("\\| 2 +\\| +0\\.\\d+ \\| +1000 \\| +0\\.00\\d \\|")
        .containsPattern("here / there: median 0.00\\d, from 0.00\\d to 0.00\\d in 2 pairs");
    assertThat(ending.status()).isZero();
  }

  @Test
  void aProgramThatFailsEndsTheComparison() {
    Ending failed = against("echo begun; echo 'no such module' >&2; exit 3");
    assertThat(failed.err())
        .isEqualToNormalizingNewlines(
            "error: --against: the command ended with status 3."
                + "  command  echo begun; echo 'no such module' >&2; exit 3  said  no such module\n");
    assertThat(failed.status()).isEqualTo(1);
    Ending silent = against("true");
    assertThat(silent.err())
        .isEqualToNormalizingNewlines(
            "error: --against: the command did not say median_s=NUMBER or the like, as it is to."
                + "  command  true  said  nothing\n");
    assertThat(silent.status()).isEqualTo(1);
    assertMistake(
        "error: --against: it is compared with one thing, not with 2."
            + "  Maybe --only=training was meant.",
        "bench",
        "ssl-step",
        "--only=cg,exact",
        "--against=true");
  }

  private static Ending against(String command) {
    return Ending.of(
        "bench", "ssl-step", "--batch=4", "--runs=1", "--pairs=2", "--against", command);
  }

  @Test
  void profilesTellKindsAndLayers() {
    Path chart = folder.resolve("chart.png");
    Ending step =
        Ending.of(
            "bench",
            "profile",
            "--step=umm",
            "--batch=8",
            "--runs=1",
            "--kinds=3",
            "--chart",
            chart);
    assertThat(step.err()).isEmpty();
    assertThat(step.out())
        .contains("step umm: small, 8 images of 32 x 32 in two views, ")
        .containsPattern("peak: [\\d.]+ GFLOP/s of a matrix product, [\\d.]+ GB/s read and")
        .containsPattern("\\| \\d+ others +\\|")
        .contains("| stem ", "| layer2 ", "| projector ")
        .containsPattern("A step takes [\\d.]+ s .*% of whose time are convolutions");
    assertThat(step.status()).isZero();
    assertThat(chart).exists();
    Ending hypergradient =
        Ending.of("bench", "profile", "--step=b", "--small", "--only=cg-5", "--runs=1");
    assertThat(hypergradient.out())
        .contains("step b: B: iMAML, ", ", cg-5; 1 runs")
        .contains("| convolution 0 ", "| convolution 3 ", "| dense ");
    assertThat(hypergradient.status()).isZero();
    assertMistake(
        "error: --only: \"cg\" is not the name of one estimator.  names cg, cg-5, cg-10, cg-20,"
            + " cg-40, cg-one-run, cg-one-run-5, cg-one-run-10, cg-one-run-20, minres, minres-10,"
            + " minres-20, normal-equations, normal-equations-10, gmres, gmres-10, gmres-20,"
            + " bicgstab, bicgstab-5, bicgstab-10, neumann, neumann-10, neumann-20, neumann-100,"
            + " fixed-point, fixed-point-20, dense-cholesky, darts-at-the-solution,"
            + " identity-t1-t2, unrolled, unrolled-10, unrolled-100, unrolled-checkpointed,"
            + " unrolled-checkpointed-10, unrolled-checkpointed-100  Maybe cg-10 was meant.",
        "bench",
        "profile",
        "--step=a",
        "--small",
        "--only=cg");
  }

  @Test
  void mixedPrecisionRoundsAHundredTimesMoreThanSingle() {
    Ending ending = Ending.of("bench", "precision", "--batch=8", "--side=16");
    assertThat(ending.err()).isEmpty();
    for (String result : List.of("loss", "gradient", "hypergradient, exact through 1 step")) {
      double single = relativeError(ending.out(), result, "float32");
      double mixed = relativeError(ending.out(), result, "mixed");
      assertThat(single).as(result).isBetween(0., 1e-4);
      assertThat(mixed).as(result).isBetween(100 * single, 0.5);
    }
    assertThat(ending.status()).isZero();
  }

  /** The loss is that of the file's weights on the first batch of the data, composed by hand. */
  @Test
  void errorsOfATrainedEncoderAreOfItsWeightsAndPictures() {
    Path weights = folder.resolve("weights.safetensors");
    ExperimentSettings settings =
        ExperimentSettings.of(DataSource.read("builtin"), EncoderKind.SMALL, BuiltInMethod.SIMCLR)
            .batch(8)
            .seed(1)
            .epochs(1);
    double loss;
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Experiment x = Experiment.of(settings, engine);
      engine.write(
          x.weights(),
          ImmutableMap.copyOf(
              Maps.transformValues(
                  engine.read(x.weights()),
                  each -> Array.fill(each.shape(), i -> each.at(i) * (1 + 0.3 * Math.sin(i))))));
      x.save(weights);
      LabeledImages images = x.data().pretraining();
      int[] first = new BatchOrder(new Batches(images.count(), 8, 1)).at(0);
      SslLoss composed =
          x.recipe()
              .views(ImageBatch.of(Expr.constant(images.batch(first))), RandomKey.fixed(1))
              .loss(Network.of(x.encoder(), Pass.training()));
      loss =
          engine
              .compile(Step.named("loss").output("loss", composed.objective().total()))
              .run()
              .scalar("loss");
    }
    Ending ending =
        Ending.of("bench", "precision", "--batch=8", "--data=builtin", "--weights", weights);
    assertThat(ending.err()).isEmpty();
    assertThat(ending.out())
        .contains("8 pictures of builtin in two views")
        .containsPattern(
            String.format(Locale.ROOT, "loss +\\| +float32 \\| %.4g ", loss).replace(".", "\\."));
    assertThat(relativeError(ending.out(), "gradient", "float32")).isBetween(0., 1e-4);
    assertThat(Ending.of("bench", "precision", "--weights", folder.resolve("none")).err())
        .startsWith("error: read weights: there is no file")
        .hasLineCount(1);
  }

  @Test
  void precisionRefusesWhatMeansNothing() {
    assertMistake(
        "error: --data: random pixels and new weights are measured.  Maybe --weights FILE was"
            + " meant.",
        "bench",
        "precision",
        "--data=builtin");
    assertMistake(
        "error: --side: pictures of --data have a size of their own.  Maybe --image-size was"
            + " meant.",
        "bench",
        "precision",
        "--weights=none",
        "--side=16");
  }

  private static double relativeError(String table, String result, String precision) {
    Matcher row =
        Pattern.compile("\\| " + result + " +\\| +" + precision + " +\\|[^|]*\\| +([^ |]+) \\|")
            .matcher(table);
    assertThat(row.find()).as(table).isTrue();
    return Double.parseDouble(row.group(1));
  }

  @Test
  void startsAreTimedInNewProcesses() {
    Ending ending = Ending.of("bench", "start", "--batch=4", "--runs=1");
    assertThat(ending.err()).isEmpty();
    assertThat(ending.out())
        .contains("small, 4 images of 32 x 32 in two views; 1 runs; ")
        .containsPattern("\\| natives and engine +\\| +[1-9]\\d* \\|")
        .containsPattern("\\| start, all of it +\\| +[1-9]\\d+ \\|")
        .contains("| next step ");
    assertThat(ending.status()).isZero();
  }

  @Test
  void evaluationsAreTimedAgainstAMatrixProduct() {
    Ending ending =
        Ending.of(
            "bench",
            "features",
            "--batch=16",
            "--images=40",
            "--train=400",
            "--test=50",
            "--dimension=16",
            "--epochs=3");
    assertThat(ending.err()).isEmpty();
    assertThat(ending.out())
        .contains("| features of 40 images ")
        // 2 x 50 x 400 x 16 operations, in a block of 50 rows.
        .containsPattern("\\| 5 nearest neighbors +\\| +\\d+\\.\\d\\d \\| +\\d+ \\| +0\\.0 \\|")
        .contains("| 200 nearest neighbors, weighted ")
        .contains("| coding-rate reduction ")
        .contains("| linear probe, to the minimum ")
        .contains("| linear probe, 3 epochs ")
        .containsPattern("\\| LiDAR +\\| +\\d+\\.\\d{3} \\| +\\d+ \\| +\\| +\\| +\\|")
        .contains("| coding-rate reduction of pairs ", "| RankMe ", "| effective rank ")
        .contains("| alpha-ReQ ", "| alignment ", "| uniformity ", "| intrinsic dimension ")
        .containsPattern(
            "\\| matrix product of 2048 rows and columns \\| +\\| +\\| +\\| +\\d+\\.\\d \\| +100 \\|");
    assertThat(ending.status()).isZero();
    Ending one = Ending.of("bench", "features", "--only=rate", "--train=2000", "--dimension=500");
    // 2 x 2,000 x 500 x 500 operations, and 2 x 10 x 200 x 200 x 500 of the classes.
    assertThat(one.out())
        .containsPattern("\\| coding-rate reduction +\\| +\\d+\\.\\d\\d \\| +\\d+ \\| +1\\.4 \\|")
        .doesNotContain("neighbors");
    assertMistake(
        "error: bench features: the number of train samples must be 200 or more, got 199.",
        "bench",
        "features",
        "--train=199");
  }

  @Test
  void readingIsTimed() {
    Ending ending =
        Ending.of("bench", "reading", "--pictures=30", "--different=4", "--batch=6", "--steps=2");
    assertThat(ending.err()).isEmpty();
    assertThat(ending.out()).contains("| pictures/s |").contains("peak memory");
    assertThat(ending.status()).isZero();
  }
}
