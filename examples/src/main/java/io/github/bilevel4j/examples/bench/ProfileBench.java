package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Variables;
import java.util.Map;

/**
 * Where the time of a step goes.
 *
 * @param profile its kernels
 * @param peak what the machine can do
 * @param wall times of steps that were not traced
 */
public record ProfileBench(KernelProfile profile, Peak peak, Timing wall) {
  private static final int WARM_UP = 2;

  /**
   * Profiles a step.
   *
   * @param layers the parameters of each layer
   * @param runs how often it is timed, and then traced
   */
  public static ProfileBench run(
      Runnable step, Map<String, Variables> layers, int runs, TensorFlowEngine engine) {
    Peak before = Peak.measured(engine);
    Timing wall = Measured.of(WARM_UP, new Measured.Effort(runs, 0), step).wall();
    ImmutableList<KernelRun> kernels =
        engine.traced(
            () -> {
              for (int run = 0; run < runs; run++) {
                step.run();
              }
            });
    Peak peak = before.or(Peak.measured(engine));
    Layers found = Layers.of(layers);
    return new ProfileBench(
        KernelProfile.of(kernels, found.of(kernels), found.order(), runs, peak), peak, wall);
  }

  /** The part of the machine's peak that the step achieves, seen as a whole. */
  public double achieved() {
    return profile.all().least() / wall.median();
  }
}
