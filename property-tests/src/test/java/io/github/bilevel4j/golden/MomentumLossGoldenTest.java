package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.MomentumLoss;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/** BCL-I: the losses of images, their memory, and what it makes of the augmentation. */
class MomentumLossGoldenTest implements GoldenKind {
  @Override
  public String file() {
    return "bcl";
  }

  @Override
  public Tolerances tolerances() {
    return Tolerances.standard().inFloat32(1e-5);
  }

  @Override
  public ImmutableMap<String, String> notCompared() {
    return ImmutableMap.<String, String>builder()
        .putAll(NOTES)
        .put("epochs/\\d+/batches/\\d+/index", "read as an input")
        .buildOrThrow();
  }

  @Override
  public void compute(GoldenCase golden, Engine engine, Computed computed) {
    MomentumLoss memory = MomentumLoss.of("memory", golden.integer("N"), golden.number("beta"));
    for (int epoch = 0; epoch < golden.integer("epochs"); epoch++) {
      String path = "epochs/" + epoch + "/";
      for (int batch = 0; golden.expected().containsKey(path + batch(batch) + "index"); batch++) {
        String features = "features_ep" + (epoch + 1) + "_b" + batch;
        batch(golden, memory, features, path + batch(batch), engine, computed);
      }
      computed.put(path + "epoch", epoch + 1);
      endOfEpoch(golden, memory, path, engine, computed);
    }
  }

  private static String batch(int number) {
    return "batches/" + number + "/";
  }

  /** Rows 2i and 2i + 1 of the features are the views of image i of the batch. */
  private static void batch(
      GoldenCase golden,
      MomentumLoss memory,
      String features,
      String path,
      Engine engine,
      Computed computed) {
    Array indices = golden.expected().get(path + "index");
    golden.requires("batch", indices.size());
    Expr all = golden.variable(features);
    Expr pairs = all.reshape(indices.size(), 2, all.shape().dim(1));
    Expr z1 = pairs.at(1, 0);
    Expr z2 = pairs.at(1, 1);
    NtXent ntXent = NtXent.temperature(golden.number("temperature"));
    Expr ofImages = ntXent.ofImages(z1, z2);
    Expr loss = ntXent.of(z1, z2);
    ImmutableMap<String, Array> values =
        engine
            .compile(
                Step.named("batch")
                    .output("per_sample_loss", ofImages)
                    .output("loss", loss)
                    .output("grad", loss.gradient(all))
                    .updating(memory.updates(Expr.constant(indices), ofImages)))
            .run()
            .all();
    values.forEach((name, value) -> computed.put(path + name, value));
  }

  private static void endOfEpoch(
      GoldenCase golden, MomentumLoss memory, String path, Engine engine, Computed computed) {
    engine.compile(Step.named("end of epoch").updating(memory.weightUpdates())).run();
    golden.requires("rand_k", 1);
    Array positions = Array.fill(Shape.of(golden.integer("N")), i -> i);
    Expr images = Expr.constant(positions);
    ImmutableMap<String, Array> next =
        engine
            .compile(
                Step.named("next epoch")
                    .output(
                        "strengths",
                        memory.strengths(
                            images, golden.number("min_strength"), golden.number("rand_strength")))
                    .output("probabilities", memory.probabilities(images)))
            .run()
            .all();
    computed
        .put(path + "momentum_loss", engine.read(memory.losses()))
        .put(path + "momentum_weight", engine.read(memory.weights()))
        .put(path + "randaug_magnitude_k1", next.get("strengths"))
        .put(path + "randaug_probability", next.get("probabilities"));
  }
}
