package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.ImmutableIntArray;
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
import io.github.bilevel4j.run.DivergedException;
import io.github.bilevel4j.run.Progress;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.SingleLevelSolver;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.immutables.value.Value;

/**
 * The linear evaluation of frozen features: a softmax classifier {@code x W + b} trained on the
 * train part, its accuracy on the test part. Features are standardized by the train part's mean and
 * standard deviation (at least 1e-6), W and b start at zero unless a protocol says otherwise. Equal
 * settings give equal results on the same device.
 *
 * <p>{@link #newton()} finds the minimum of {@code mean cross-entropy + c/2 |W|^2}, c the weight
 * decay, by Newton's method with conjugate gradients. It is multinomial logistic regression, in
 * scikit-learn's settings {@code C = 1 / (c n)}; seed, epochs, batch and rates have no effect. The
 * other protocols are a number of epochs of stochastic gradients, whose results depend on the rate;
 * {@link #choosing} takes the rate, or the weight decay of {@link #newton()}, that is best on a
 * tenth of the train part held out.
 *
 * <p>Sources: the rate's decay from 1e-2 to 1e-6 in equal ratios, Ermolov, Siarohin, Sangineto,
 * Sebe, "Whitening for self-supervised representation learning" (W-MSE), 2021, there with Adam and
 * weight decay 5e-6 for 500 epochs in batches of 1,000; {@link #stepped}, the linear evaluation of
 * solo-learn (da Costa et al., 2022) and MoCo (He et al., 2020); {@link #cosine}, that of Goyal et
 * al., 2019, and of lightly's benchmarks.
 */
@Value.Immutable
@Settings
public abstract class LinearProbe {
  private static final String NAME = "linear probe";
  private static final int TOP = 5;

  LinearProbe() {}

  /** To the minimum, with weight decay 1e-4. */
  public static LinearProbe newton() {
    return ImmutableLinearProbe.of(Method.NEWTON).weightDecay(1e-4);
  }

  /**
   * By stochastic gradient descent with a rate that is a tenth after 60 % of the epochs and a
   * hundredth after 80 %, of raw features, for 100 epochs in batches of 256.
   *
   * @param rate the first one; published ones for raw features of ImageNet-100 lie between 0.1
   *     (Barlow Twins) and 30 (SimSiam)
   */
  public static LinearProbe stepped(double rate) {
    return sgd().decay(Decay.STEPS).firstRate(rate).standardized(false);
  }

  /**
   * By stochastic gradient descent with a rate that falls to zero along a cosine, of raw features,
   * for 90 epochs in batches of 256.
   *
   * @param rate the first one; 0.1 in the source
   */
  public static LinearProbe cosine(double rate) {
    return sgd().decay(Decay.COSINE).firstRate(rate).epochs(90).standardized(false);
  }

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
  Decay decay() {
    return Decay.EXPONENTIAL;
  }

  @Value.Default
  boolean standardized() {
    return true;
  }

  @Value.Default
  ImmutableList<Double> candidates() {
    return ImmutableList.of();
  }

  @Value.Default
  double tolerance() {
    return 1e-5;
  }

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

  /** The epochs before which {@link Decay#STEPS} takes a tenth; none: after 60 % and 80 %. */
  @Value.Default
  ImmutableList<Integer> drops() {
    return ImmutableList.of();
  }

  @Value.Default
  double initialDeviation() {
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

  abstract LinearProbe decay(Decay decay);

  abstract LinearProbe drops(Iterable<Integer> epochs);

  /** With W drawn from a normal distribution of this deviation; zero by default. */
  abstract LinearProbe initialDeviation(double deviation);

  /** With features standardized by the train part or as they are; the protocol says by default. */
  public abstract LinearProbe standardized(boolean standardized);

  abstract LinearProbe candidates(Iterable<Double> candidates);

  /**
   * With the first rate, or the weight decay of {@link #newton()}, chosen among some: that of the
   * best accuracy on a tenth of the train part, held out by class and seed, and of equally good
   * ones the first. Then it trains on all of the train part. A rate at which the training diverges
   * is not chosen.
   */
  public LinearProbe choosing(double... among) {
    return candidates(ImmutableList.copyOf(Doubles.asList(among)));
  }

  /** With {@link #newton()} until the gradient's norm is so much of the first; 1e-5 by default. */
  public abstract LinearProbe tolerance(double tolerance);

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
    requirePositive("tolerance", tolerance());
    candidates().forEach(candidate -> requirePositive("candidate", candidate));
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
    NEWTON,
    SGD,
    ADAM
  }

  /** How the rate falls. */
  enum Decay {
    EXPONENTIAL,
    COSINE,
    STEPS
  }

  private Optimizer optimizer(Schedule rate) {
    return method() == Method.SGD
        ? Sgd.rate(rate).momentum(0.9).weightDecay(weightDecay())
        : Adam.rate(rate).weightDecay(weightDecay());
  }

  private Schedule rate(int perEpoch) {
    int steps = Math.multiplyExact(epochs(), perEpoch);
    return switch (decay()) {
      case EXPONENTIAL -> Schedule.exponential(firstRate(), lastRate(), steps);
      case COSINE -> Schedule.cosine(firstRate(), 0, steps);
      case STEPS ->
          Schedule.stepDecay(
              firstRate(),
              0.1,
              dropEpochs()
                  .filter(epoch -> epoch > 0)
                  .distinct()
                  .map(epoch -> epoch * perEpoch)
                  .toArray());
    };
  }

  private IntStream dropEpochs() {
    return drops().isEmpty()
        ? IntStream.of(3 * epochs() / 5, 4 * epochs() / 5)
        : drops().stream().mapToInt(epoch -> epoch);
  }

  /**
   * What a probe has found.
   *
   * @param testAccuracy on the test part, in per cent
   * @param testTop5 the share of the test part whose class is among the five largest logits, of
   *     equal ones the first, in per cent; none of fewer than six classes
   * @param trainAccuracy on the train part, in per cent
   * @param loss the mean cross-entropy over the train part at the end, in nats
   * @param setting the first rate, or the weight decay of {@link #newton()}
   * @param predicted the class of each sample of the test part, by the largest logit
   */
  public record Outcome(
      double testAccuracy,
      OptionalDouble testTop5,
      double trainAccuracy,
      double loss,
      double setting,
      ImmutableIntArray predicted) {}

  /**
   * Trains a classifier and tests it. The engine keeps both parts on its device until it is closed:
   * where probes are repeated, give each an engine of its own.
   *
   * @throws IllegalArgumentException if the parts differ in dimension or classes, or there is no
   *     class with two samples where a setting is chosen
   * @throws io.github.bilevel4j.run.DivergedException if the loss becomes infinite
   */
  public Outcome fit(Engine engine, Features train, Features test) {
    Features.requireComparable(NAME, train, test);
    return chosen(engine, train).fitted(engine, train, test);
  }

  private LinearProbe chosen(Engine engine, Features train) {
    if (candidates().isEmpty()) {
      return this;
    }
    HeldOut parts = HeldOut.of(train, seed());
    LinearProbe best = with(candidates().get(0));
    double highest = -1;
    for (double candidate : candidates()) {
      LinearProbe probe = with(candidate);
      double accuracy = probe.accuracyUnlessDiverged(engine, parts);
      if (accuracy > highest) {
        highest = accuracy;
        best = probe;
      }
    }
    return best;
  }

  private double accuracyUnlessDiverged(Engine engine, HeldOut parts) {
    try {
      return fitted(engine, parts.kept(), parts.heldOut()).testAccuracy();
    } catch (DivergedException e) {
      return -1;
    }
  }

  private LinearProbe with(double setting) {
    return method() == Method.NEWTON ? weightDecay(setting) : firstRate(setting);
  }

  private Outcome fitted(Engine engine, Features train, Features test) {
    Standardization standardization =
        standardized() ? Standardization.of(train) : Standardization.none(train.dimension());
    Part training = Part.on(engine, "train", standardization.apply(train));
    Part testing = Part.on(engine, "test", standardization.apply(test));
    Classifier classifier = Classifier.starting(weights(), train.dimension(), train.classes());
    if (method() == Method.NEWTON) {
      try (NewtonSolve solve =
          new NewtonSolve(
              engine, training.rows(), training.labels(), classifier.variables(), weightDecay())) {
        solve.run(tolerance());
      }
    } else {
      descend(engine, classifier, training, train.count());
    }
    boolean fewClasses = train.classes() <= TOP;
    Step evaluation =
        Step.named(NAME + " evaluation")
            .output("loss", classifier.loss(training))
            .output("train", classifier.accuracy(training))
            .output("test", classifier.accuracy(testing))
            .output("predicted", classifier.predictions(testing));
    Results results =
        engine
            .compile(
                fewClasses ? evaluation : evaluation.output("top", classifier.topAccuracy(testing)))
            .run();
    return new Outcome(
        percent(results.scalar("test"), test.count()),
        fewClasses
            ? OptionalDouble.empty()
            : OptionalDouble.of(percent(results.scalar("top"), test.count())),
        percent(results.scalar("train"), train.count()),
        results.scalar("loss"),
        method() == Method.NEWTON ? weightDecay() : firstRate(),
        ImmutableIntArray.copyOf(
            Arrays.stream(results.get("predicted").toDoubles()).mapToInt(label -> (int) label)));
  }

  private Initializer weights() {
    return initialDeviation() == 0
        ? Initializer.zeros()
        : Initializer.normal(initialDeviation(), seed());
  }

  private void descend(Engine engine, Classifier classifier, Part train, int count) {
    Batches batches = new Batches(count, Math.min(batch(), count), seed());
    Expr positions = Expr.input("positions", batches.size());
    SingleLevelProblem problem =
        SingleLevel.problem(NAME)
            .over(classifier.variables())
            .minimize(Objective.of("cross-entropy", classifier.loss(train.at(positions))))
            .steppedBy(optimizer(rate(batches.perEpoch())));
    Iterator<int[]> order =
        Stream.iterate(0, epoch -> epoch + 1).flatMap(e -> batches.epoch(e).stream()).iterator();
    Training.named(NAME)
        .progress(progress())
        .run(
            SingleLevelSolver.of(problem, engine),
            epochs() * batches.perEpoch(),
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

    static Classifier starting(Initializer weights, int inputs, int classes) {
      return new Classifier(
          Expr.variable("weight", Shape.of(inputs, classes), weights),
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

    Expr predictions(Part part) {
      return logits(part).argMax(-1);
    }

    Expr topAccuracy(Part part) {
      Expr places = logits(part).topK(TOP, -1).indices();
      return places.equalTo(part.labels().unsqueezed(-1)).sum(-1).mean();
    }

    private Expr logits(Part part) {
      return part.rows().matmul(weight).plus(bias);
    }
  }
}
