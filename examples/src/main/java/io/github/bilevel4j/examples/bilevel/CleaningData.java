package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;

/**
 * What data cleaning is given: training samples of which half have a wrong label, validation
 * samples whose labels are right, and test samples.
 *
 * @param right 1 for each training sample whose label is right, else 0
 */
public record CleaningData(Part train, Part validation, Part test, Array right) {
  private static final int PATCHES = 128;

  /** Standardized features {@code [n, d]} and classes {@code [n]}. */
  public record Part(Expr x, Expr labels, int classes) {}

  /** Two thirds of a data set's train part for training, one for validation; its test part. */
  public static CleaningData of(ImageDataset images, long seed, Engine engine) {
    Draws draws = new Draws(seed);
    int[] order = draws.permutation(images.train().count());
    int count = 2 * order.length / 3;
    LabeledImages train = images.train().take(Arrays.copyOf(order, count));
    LabeledImages validation = images.train().take(Arrays.copyOfRange(order, count, order.length));
    PatchFeatures features = PatchFeatures.cutFrom(train, PATCHES, draws);
    return of(
        features.of(train, engine),
        features.of(validation, engine),
        features.of(images.test(), engine),
        draws,
        engine);
  }

  /** Puts a label drawn from the wrong ones in the place of every second training label. */
  static CleaningData of(
      Features train, Features validation, Features test, Draws draws, Engine engine) {
    int[] given = train.labels().toArray();
    int[] order = draws.permutation(given.length);
    for (int i = 0; i < given.length / 2; i++) {
      given[order[i]] = (given[order[i]] + 1 + draws.below(train.classes() - 1)) % train.classes();
    }
    Expr x = Expr.constant(train.matrix());
    Expr xv = Expr.constant(validation.matrix());
    Expr xt = Expr.constant(test.matrix());
    Expr mean = x.mean(0);
    Expr deviation = x.variance(0).sqrt().maximum(1e-6);
    Results standardized =
        engine
            .compile(
                Step.named("standardization")
                    .output("train", x.minus(mean).dividedBy(deviation))
                    .output("validation", xv.minus(mean).dividedBy(deviation))
                    .output("test", xt.minus(mean).dividedBy(deviation)))
            .run();
    return new CleaningData(
        part(standardized.get("train"), given, train.classes()),
        part(standardized.get("validation"), validation.labels().toArray(), train.classes()),
        part(standardized.get("test"), test.labels().toArray(), train.classes()),
        Array.fill(Shape.of(given.length), i -> given[i] == train.labels().get(i) ? 1 : 0));
  }

  private static Part part(Array x, int[] labels, int classes) {
    Array vector = Array.fill(Shape.of(labels.length), i -> labels[i]);
    return new Part(Expr.constant(x), Expr.constant(vector), classes);
  }
}
