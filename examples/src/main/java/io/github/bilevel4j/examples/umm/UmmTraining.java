package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ImageInput;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.function.Function;

/**
 * UMM of an experiment's encoder, one of the trainings that it is compared with, or one of the
 * {@link Repairs}. Settings may draw random numbers, other ones in each step.
 *
 * @param start assigned before the first step
 * @param learned what is learned beside the weights of the encoder, by name
 */
public record UmmTraining(
    Experiment experiment,
    TrainingTask task,
    ImmutableList<Update> start,
    ImmutableMap<String, Expr> learned) {

  /** In two levels, on an encoder that was pre-trained. */
  public static UmmTraining bilevel(Experiment x, Function<RandomKey, UmmSettings> settings) {
    return afterPretraining(x, umm(x, settings));
  }

  /**
   * All terms in one level, on an encoder that was pre-trained, with the batches and views of the
   * outer level of {@link #bilevel}.
   */
  public static UmmTraining singleLevel(Experiment x, Function<RandomKey, UmmSettings> settings) {
    Pictures outer = Pictures.of(x);
    UmmSettings s = settings.apply(outer.draws());
    return outer.training(SingleLevelUmm.problem(x.encoder(), outer.views(s.outerViews()), s));
  }

  /**
   * A self-supervised step and a step of UMM in turn. The method counts such a pair as one step, at
   * its end: schedules of averages, masks and queues go as in pre-training of so many epochs, and
   * they begin anew together with the learning rate, which counts the self-supervised steps.
   */
  public static UmmTraining joint(Experiment x, Function<RandomKey, UmmSettings> settings) {
    TrainingTask both = x.pretraining(List.of()).inTurnWith(umm(x, settings), "ssl", "umm");
    Update start = new Update(x.step(), Expr.constant(0));
    return new UmmTraining(x, both, ImmutableList.of(start), ImmutableMap.of());
  }

  private static TrainingTask umm(Experiment x, Function<RandomKey, UmmSettings> settings) {
    Pictures outer = Pictures.of(x);
    ImageInput inner = x.images("inner images", 1);
    UmmSettings s = settings.apply(outer.draws());
    return outer.task(
        Umm.problem(
            x.encoder(),
            outer.others(inner, "inner", s.innerViews()),
            outer.views(s.outerViews()),
            s),
        inner);
  }

  /** The method has made the steps of its pre-training, wherever its weights come from. */
  static UmmTraining afterPretraining(Experiment x, TrainingTask task) {
    Update start = new Update(x.step(), x.step().maximum(x.steps()));
    return new UmmTraining(x, task, ImmutableList.of(start), ImmutableMap.of());
  }

  /** The same with its steps compiled, see {@link TrainingTask#compiled}. */
  public UmmTraining compiled() {
    return new UmmTraining(experiment, task.compiled(), start, learned);
  }

  /** With more assignments before the first step. */
  UmmTraining startingWith(List<Update> more) {
    return new UmmTraining(
        experiment,
        task,
        ImmutableList.<Update>builder().addAll(start).addAll(more).build(),
        learned);
  }

  /** With what is learned beside the weights. */
  UmmTraining learning(ImmutableMap<String, Expr> values) {
    return new UmmTraining(experiment, task, start, values);
  }

  /** What is learned beside the weights, as it is now. */
  public ImmutableMap<String, Double> learnedValues() {
    if (learned.isEmpty()) {
      return ImmutableMap.of();
    }
    try (Program program = experiment.engine().compile(Step.named("learned").outputs(learned))) {
      return ImmutableMap.copyOf(Maps.transformValues(program.run().all(), Array::scalarValue));
    }
  }

  /** The problem in a few lines. */
  public String problem() {
    return task.problem();
  }

  /** Takes so many passes through the data, each level in an order of its own. */
  public Outcome run(int epochs, Training training) {
    experiment.assign("start", start);
    return experiment.run(task, epochs, training);
  }
}
