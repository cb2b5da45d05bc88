package io.github.bilevel4j.examples.cli;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.TrainingHook;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A command that can tell which trainings it will make. */
interface Planned {
  /** What is told of the run's files, which may be at fault. */
  RunOptions run();

  /** The steps that are measured, after one that is not. */
  int MEASURED = 3;

  /**
   * Its trainings.
   *
   * @param isMeasured whether steps of each are made to measure their time
   * @throws io.github.bilevel4j.check.UsageError if the options are at fault
   */
  ImmutableList<Phase> plan(boolean isMeasured);

  /**
   * A training.
   *
   * @param seconds of a step; NaN if that was not measured
   */
  record Phase(String name, int steps, double seconds) {
    /** So many epochs of an experiment's task. */
    static Phase of(
        String name, Experiment experiment, TrainingTask task, int epochs, boolean isMeasured) {
      return new Phase(
          name,
          epochs * experiment.stepsPerEpoch(),
          isMeasured ? secondsOfAStep(experiment, task) : Double.NaN);
    }

    private static double secondsOfAStep(Experiment experiment, TrainingTask task) {
      AtomicInteger steps = new AtomicInteger();
      Stopwatch watch = Stopwatch.createUnstarted();
      experiment.run(
          task,
          MEASURED + 1,
          Training.named("measured")
              .interrupted(() -> steps.get() > MEASURED)
              .hook(
                  new TrainingHook() {
                    @Override
                    public void onStepEnd(int step, ImmutableMap<String, Double> measurements) {
                      if (steps.getAndIncrement() == 0) {
                        watch.start();
                      }
                    }
                  }));
      return watch.elapsed(TimeUnit.NANOSECONDS) * 1e-9 / Math.max(1, steps.get() - 1);
    }
  }
}
