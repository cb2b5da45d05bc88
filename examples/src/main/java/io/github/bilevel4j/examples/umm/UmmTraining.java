package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ImageInput;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import java.util.List;
import java.util.function.Function;

/**
 * UMM of an experiment's encoder, or one of the trainings that it is compared with. Settings may
 * draw random numbers, other ones in each step.
 */
public record UmmTraining(Experiment experiment, TrainingTask task, Update start) {

  /** In two levels, on an encoder that was pre-trained. */
  public static UmmTraining bilevel(Experiment x, Function<RandomKey, UmmSettings> settings) {
    return afterPretraining(x, umm(x, settings));
  }

  /**
   * All terms in one level, on an encoder that was pre-trained, with the batches and views of the
   * outer level of {@link #bilevel}.
   */
  public static UmmTraining singleLevel(Experiment x, Function<RandomKey, UmmSettings> settings) {
    ImageInput outer = x.images("outer images", 2);
    Expr counter = Experiment.counter("umm/counter");
    SingleLevelProblem problem =
        SingleLevelUmm.problem(
                x.encoder(), x.views(outer, counter, "outer"), settings.apply(x.draws(counter)))
            .updating(List.of(Experiment.counted(counter), Experiment.counted(x.step())));
    return afterPretraining(x, TrainingTask.of(problem, x.engine(), ImmutableList.of(outer)));
  }

  /**
   * A self-supervised step and a step of UMM in turn. The method counts such a pair as one step, at
   * its end: schedules of averages, masks and queues go as in pre-training of so many epochs, and
   * they begin anew together with the learning rate, which counts the self-supervised steps.
   */
  public static UmmTraining joint(Experiment x, Function<RandomKey, UmmSettings> settings) {
    TrainingTask both = x.pretraining(List.of()).inTurnWith(umm(x, settings), "ssl", "umm");
    return new UmmTraining(x, both, new Update(x.step(), Expr.constant(0)));
  }

  private static TrainingTask umm(Experiment x, Function<RandomKey, UmmSettings> settings) {
    ImageInput inner = x.images("inner images", 1);
    ImageInput outer = x.images("outer images", 2);
    Expr counter = Experiment.counter("umm/counter");
    BilevelProblem problem =
        Umm.problem(
                x.encoder(),
                x.views(inner, counter, "inner"),
                x.views(outer, counter, "outer"),
                settings.apply(x.draws(counter)))
            .updating(List.of(Experiment.counted(counter), Experiment.counted(x.step())));
    return TrainingTask.of(problem, x.engine(), ImmutableList.of(inner, outer));
  }

  /** The method has made the steps of its pre-training, wherever its weights come from. */
  private static UmmTraining afterPretraining(Experiment x, TrainingTask task) {
    return new UmmTraining(x, task, new Update(x.step(), x.step().maximum(x.steps())));
  }

  /** The problem in a few lines. */
  public String problem() {
    return task.problem();
  }

  /** Takes so many passes through the data, each level in an order of its own. */
  public Outcome run(int epochs, Training training) {
    experiment.assign("start", List.of(start));
    return experiment.run(task, epochs, training);
  }
}
