package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.classification.Accuracy;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;

/** Cleans data, and compares the classifier with those trained on all and on right labels alone. */
public final class CleaningRun implements Solver {
  private static final int TRAINING_STEPS = 1000;
  private static final double CERTAIN = 30;

  private final DataCleaning cleaning;
  private final Engine engine;
  private final Solver solver;
  private final Solver classifier;
  private final Program test;

  /**
   * A run.
   *
   * @param problem that of the cleaning, with whatever inner steps and estimator
   */
  public CleaningRun(DataCleaning cleaning, BilevelProblem problem, Engine engine) {
    CleaningData.Part part = cleaning.data().test();
    this.cleaning = cleaning;
    this.engine = engine;
    this.classifier =
        SingleLevelSolver.of(
            SingleLevel.problem("classifier")
                .over(cleaning.w())
                .minimize(cleaning.training())
                .steppedBy(cleaning.optimizer()),
            engine);
    this.test =
        engine.compile(
            Step.named("test")
                .output("accuracy", Accuracy.of(cleaning.logits(part), part.labels())));
    this.solver = BilevelSolver.of(problem, engine);
  }

  /**
   * What was found.
   *
   * @param all test accuracy after training on all samples
   * @param learned with the learned weights
   * @param right on the samples whose labels are right: the most that can be hoped for
   * @param area under the curve of the learned scores as a test for right labels; 1/2 is chance
   */
  public record Outcome(double all, double learned, double right, double area) {}

  /** Test accuracies after training on samples that are not weighted. */
  public record Baselines(double all, double right) {}

  /** Trains on all samples, and on those whose labels are right. */
  public Baselines baselines() {
    Array right = cleaning.data().right();
    double best = accuracy(Array.fill(right.shape(), i -> CERTAIN * (2 * right.at(i) - 1)));
    return new Baselines(accuracy(Array.fill(right.shape(), i -> 0)), best);
  }

  /** Makes so many outer steps; their measurements include the accuracy and the area. */
  public Training.Outcome clean(int steps, Training training) {
    return training.run(this, steps, step -> Feed.none());
  }

  /** What was found. */
  public Outcome outcome(Baselines baselines) {
    double learned = accuracy(engine.read(cleaning.a()));
    return new Outcome(baselines.all(), learned, baselines.right(), area());
  }

  /**
   * {@link #baselines}, {@link #clean} and {@link #outcome}.
   *
   * @param problem that of the cleaning, with whatever inner steps and estimator
   */
  public static Outcome run(
      DataCleaning cleaning, BilevelProblem problem, int steps, Training training, Engine engine) {
    CleaningRun run = new CleaningRun(cleaning, problem, engine);
    Baselines baselines = run.baselines();
    run.clean(steps, training);
    return run.outcome(baselines);
  }

  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    return measured(solver.step(feed));
  }

  @Override
  public Variables state() {
    return Variables.numbered(
        Iterables.concat(solver.state().leaves().values(), classifier.state().leaves().values()));
  }

  private ImmutableMap<String, Double> measured(ImmutableMap<String, Double> step) {
    return ImmutableMap.<String, Double>builder()
        .put("AUC of right labels", area())
        .put("test accuracy", test.run().scalar("accuracy"))
        .putAll(step)
        .buildOrThrow();
  }

  private double accuracy(Array scores) {
    engine.write(cleaning.a(), scores);
    for (int step = 0; step < TRAINING_STEPS; step++) {
      classifier.step(Feed.none());
    }
    return test.run().scalar("accuracy");
  }

  private double area() {
    return RankScore.area(engine.read(cleaning.a()), cleaning.data().right());
  }
}
