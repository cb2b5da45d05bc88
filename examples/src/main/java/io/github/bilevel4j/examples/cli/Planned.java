package io.github.bilevel4j.examples.cli;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.TrainingHook;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A command that can tell which trainings and evaluations it will make. */
interface Planned {
  /** Where it computes. */
  DeviceOptions device();

  /**
   * Checks what is told of the run's files, and that options which exclude each other are not given
   * together, before anything is read.
   *
   * @throws io.github.bilevel4j.check.UsageError if they are
   */
  default void requireConsistent() {}

  /** The steps that are measured, after one that is not. */
  int MEASURED = 3;

  /**
   * Its trainings and evaluations. Weights are not read: they may be still to come.
   *
   * @param isMeasured whether steps and evaluations are made to measure their time
   * @throws io.github.bilevel4j.check.UsageError if the options are at fault
   */
  ImmutableList<Phase> plan(boolean isMeasured);

  /**
   * A training or evaluations.
   *
   * @param count of steps or evaluations
   * @param seconds of one; NaN if that was not measured
   */
  record Phase(boolean isTraining, int count, double seconds) {
    /** So many epochs of an experiment's task. */
    static Phase of(Experiment experiment, TrainingTask task, int epochs, boolean isMeasured) {
      return new Phase(
          true,
          epochs * experiment.stepsPerEpoch(),
          isMeasured ? secondsOfAStep(experiment, task) : Double.NaN);
    }

    /** So many evaluations, one of which is made to measure its time. */
    static Phase evaluations(int count, Runnable one, boolean isMeasured) {
      return new Phase(false, count, isMeasured ? seconds(one) : Double.NaN);
    }

    /** What a monitor measures in so many epochs: at the start, in between and in the end. */
    static Phase monitored(Monitor monitor, int epochs, boolean isMeasured) {
      int count = 1 + (epochs + monitor.settings().every() - 1) / monitor.settings().every();
      if (isMeasured) {
        // The first one is also a compilation.
        monitor.measured("measured", 0, 0);
      }
      return evaluations(count, () -> monitor.measured("measured", 0, 0), isMeasured);
    }

    private static double seconds(Runnable one) {
      Stopwatch watch = Stopwatch.createStarted();
      one.run();
      return seconds(watch);
    }

    private static double seconds(Stopwatch watch) {
      return watch.elapsed(TimeUnit.NANOSECONDS) * 1e-9;
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
      return seconds(watch) / Math.max(1, steps.get() - 1);
    }
  }
}
