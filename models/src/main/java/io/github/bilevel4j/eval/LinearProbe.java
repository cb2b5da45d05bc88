package io.github.bilevel4j.eval;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.classification.Accuracy;
import io.github.bilevel4j.losses.classification.SoftmaxCrossEntropy;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.run.Progress;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.SingleLevelSolver;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;
import org.immutables.value.Value;

/**
 * The linear evaluation of frozen features: a softmax classifier {@code x W + b} trained on the
 * train part, its accuracy on the test part. Features are standardized by the train part's mean and
 * standard deviation (at least 1e-6), W and b start at zero, and the learning rate falls
 * exponentially from step to step. Equal settings give equal results on the same device.
 *
 * <p>Source of the decay from 1e-2 to 1e-6: Ermolov, Siarohin, Sangineto, Sebe, "Whitening for
 * self-supervised representation learning" (W-MSE), 2021, there with Adam and weight decay 5e-6 for
 * 500 epochs in batches of 1,000.
 */
@Value.Immutable
@Settings
public abstract class LinearProbe {
  private static final String NAME = "linear probe";

  LinearProbe() {}

  /** By stochastic gradient descent with momentum 0.9. */
  public static LinearProbe sgd() {
    return ImmutableLinearProbe.of(Method.SGD);
  }

  /** By Adam. */
  public static LinearProbe adam() {
    return ImmutableLinearProbe.of(Method.ADAM);
  }

  @Value.Parameter
  abstract Method method();

  @Value.Default
  int epochs() {
    return 100;
  }

  @Value.Default
  int batch() {
    return 256;
  }

  @Value.Default
  double firstRate() {
    return 1e-2;
  }

  @Value.Default
  double lastRate() {
    return 1e-6;
  }

  @Value.Default
  double weightDecay() {
    return 0;
  }

  @Value.Default
  long seed() {
    return 0;
  }

  @Value.Default
  Progress progress() {
    return Progress.none();
  }

  /** With so many passes over the train part; 100 by default. */
  public abstract LinearProbe epochs(int epochs);

  /** With so many samples a step, or all if there are fewer; 256 by default. */
  public abstract LinearProbe batch(int batch);

  abstract LinearProbe firstRate(double firstRate);

  abstract LinearProbe lastRate(double lastRate);

  /** With a learning rate that falls from one value to another; from 1e-2 to 1e-6 by default. */
  public LinearProbe rate(double from, double to) {
    return firstRate(from).lastRate(to);
  }

  /** With so many times the parameters added to the gradient; none by default. */
  public abstract LinearProbe weightDecay(double weightDecay);

  /** With another order of the samples; 0 by default. */
  public abstract LinearProbe seed(long seed);

  /** With progress shown. */
  public abstract LinearProbe progress(Progress progress);

  @Value.Check
  void check() {
    requirePositive("number of epochs", epochs());
    requirePositive("batch", batch());
    requirePositive("first rate", firstRate());
    requirePositive("last rate", lastRate());
    if (!(weightDecay() >= 0) || Double.isInfinite(weightDecay())) {
      throw UsageError.in(NAME)
          .because("the weight decay is negative or not finite, %s", weightDecay())
          .maybe("0 was meant.");
    }
  }

  private static void requirePositive(String setting, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw UsageError.in(NAME)
          .because("the %s is not a positive number", setting)
          .value(setting, value)
          .maybe("the default was meant.");
    }
  }

  /** The optimizers. */
  enum Method {
    SGD,
    ADAM
  }

  private Optimizer optimizer(Schedule rate) {
    return method() == Method.SGD
        ? Sgd.rate(rate).momentum(0.9).weightDecay(weightDecay())
        : Adam.rate(rate).weightDecay(weightDecay());
  }

  /**
   * What a probe has found.
   *
   * @param testAccuracy on the test part, in per cent
   * @param trainAccuracy on the train part, in per cent
   * @param loss the mean cross-entropy over the train part at the end, in nats
   */
  public record Outcome(double testAccuracy, double trainAccuracy, double loss) {}

  /**
   * Trains a classifier and tests it. The engine keeps both parts on its device until it is closed:
   * where probes are repeated, give each an engine of its own.
   *
   * @throws IllegalArgumentException if the parts differ in dimension or classes
   * @throws io.github.bilevel4j.run.DivergedException if the loss becomes infinite
   */
  public Outcome fit(Engine engine, Features train, Features test) {
    Features.requireComparable(NAME, train, test);
    Standardization standardization = Standardization.of(train);
    Part training = Part.on(engine, "train", standardization.apply(train));
    Part testing = Part.on(engine, "test", standardization.apply(test));
    Classifier classifier = Classifier.startingAtZero(train.dimension(), train.classes());
    descend(engine, classifier, training, train.count());
    Results results =
        engine
            .compile(
                Step.named(NAME + " evaluation")
                    .output("loss", classifier.loss(training))
                    .output("train", classifier.accuracy(training))
                    .output("test", classifier.accuracy(testing)))
            .run();
    return new Outcome(
        percent(results.scalar("test"), test.count()),
        percent(results.scalar("train"), train.count()),
        results.scalar("loss"));
  }

  private void descend(Engine engine, Classifier classifier, Part train, int count) {
    Batches batches = new Batches(count, Math.min(batch(), count), seed());
    int steps = Math.multiplyExact(epochs(), batches.perEpoch());
    Expr positions = Expr.input("positions", batches.size());
    Schedule rate = Schedule.exponential(firstRate(), lastRate(), steps);
    SingleLevelProblem problem =
        SingleLevel.problem(NAME)
            .over(classifier.variables())
            .minimize(Objective.of("cross-entropy", classifier.loss(train.at(positions))))
            .steppedBy(optimizer(rate));
    Iterator<int[]> order =
        Stream.iterate(0, epoch -> epoch + 1).flatMap(e -> batches.epoch(e).stream()).iterator();
    Training.named(NAME)
        .progress(progress())
        .run(
            SingleLevelSolver.of(problem, engine),
            steps,
            step -> Feed.of(positions, vector(order.next())));
  }

  private static Array vector(int[] positions) {
    return Array.fill(Shape.of(positions.length), i -> positions[i]);
  }

  /** A share of so many samples in per cent, freed of the device's rounding. */
  private static double percent(double share, int count) {
    return 100.0 * Math.rint(share * count) / count;
  }

  /** Samples on the device. */
  private record Part(Expr rows, Expr labels) {

    static Part on(Engine engine, String name, Features features) {
      // Written rather than given as first values, which a variable would keep on the host too.
      Expr rows = Expr.variable(name, features.matrix().shape(), Initializer.zeros());
      Expr labels =
          Expr.variable(name + " labels", Shape.of(features.count()), Initializer.zeros());
      engine.write(Map.of(rows, features.matrix(), labels, features.labelVector()));
      return new Part(rows, labels);
    }

    Part at(Expr positions) {
      return new Part(rows.gather(positions), labels.gather(positions));
    }
  }

  /** The trained map. */
  private record Classifier(Expr weight, Expr bias) {

    static Classifier startingAtZero(int inputs, int classes) {
      return new Classifier(
          Expr.variable("weight", Shape.of(inputs, classes), Initializer.zeros()),
          Expr.variable("bias", Shape.of(classes), Initializer.zeros()));
    }

    Variables variables() {
      return Variables.of(weight, bias);
    }

    Expr loss(Part part) {
      return SoftmaxCrossEntropy.of(logits(part), part.labels());
    }

    Expr accuracy(Part part) {
      return Accuracy.of(logits(part), part.labels());
    }

    private Expr logits(Part part) {
      return part.rows().matmul(weight).plus(bias);
    }
  }
}
