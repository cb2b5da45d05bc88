package io.github.bilevel4j.examples.bench;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.BatchOrder;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * The problems that are timed, on batches that stay on the device: of random pixels, or of views of
 * pictures.
 *
 * @param encoder the network
 * @param recipe the self-supervised method and its views
 * @param batch number of images in a batch, each seen in two views
 * @param side height and width of an image in pixels
 * @param seed of the pixels
 * @param replicas how many processes share the work on a batch
 * @param pictures views by the names of their batches; empty for random pixels
 */
public record Workload(
    Encoder encoder,
    Recipe recipe,
    int batch,
    int side,
    long seed,
    int replicas,
    ImmutableMap<String, Array> pictures) {
  /** Stages up to this one are frozen in the bi-level problems. */
  public static final String EARLY = "layer1";

  private static final ImmutableList<String> BATCHES =
      ImmutableList.of("images", "inner images", "outer images");

  /** On random pixels, in this process. */
  public static Workload of(Encoder encoder, Recipe recipe, int batch, int side, long seed) {
    return new Workload(encoder, recipe, batch, side, seed, 1, ImmutableMap.of());
  }

  /** An experiment's encoder with the weights that it has, on views of pictures. */
  public static Workload of(Experiment experiment, ImmutableMap<String, Array> pictures) {
    Shape shape = pictures.values().iterator().next().shape();
    return new Workload(
        experiment.encoder(),
        experiment.recipe(),
        shape.dim(0),
        shape.dim(1),
        experiment.seed(),
        1,
        pictures);
  }

  /**
   * Views of three batches of an experiment's pictures, computed once by its engine.
   *
   * @throws UsageError if the method sees others than two views of a picture
   */
  public static ImmutableMap<String, Array> pictures(Experiment experiment) {
    LabeledImages all = experiment.data().pretraining();
    BatchOrder order =
        new BatchOrder(new Batches(all.count(), experiment.batch(), experiment.seed()));
    Step step = Step.named("views");
    for (int b = 0; b < BATCHES.size(); b++) {
      ViewBatch views =
          experiment
              .recipe()
              .views(
                  ImageBatch.of(Expr.constant(all.batch(order.at(b)))),
                  RandomKey.fixed(experiment.seed() + b));
      if (views.views().size() != 2) {
        throw UsageError.in("views of pictures")
            .because("the method sees %d views of each, not two", views.views().size())
            .error();
      }
      for (int view = 0; view < 2; view++) {
        step = step.output(name(BATCHES.get(b), view + 1), views.views().get(view));
      }
    }
    return experiment.engine().compile(step).run().all();
  }

  private static String name(String batch, int view) {
    return batch + " " + view;
  }

  /**
   * The same shared by so many processes.
   *
   * @throws UsageError if the batch is not divisible by them
   */
  public Workload across(int newReplicas) {
    Workload shared = new Workload(encoder, recipe, batch, side, seed, newReplicas, pictures);
    shared.views("images", false);
    return shared;
  }

  /** One step of self-supervised training of the whole encoder with its projector, by SGD. */
  public SingleLevelProblem training(boolean augmented) {
    return Pretraining.problem(encoder, views("images", augmented), Sgd.rate(0.01).momentum(0.9));
  }

  /** UMM without its memorization term, over the layers after {@link #EARLY}, one inner step. */
  public BilevelProblem bilevel(HypergradientEstimator estimator) {
    return umm(settings(estimator).beta(0));
  }

  /** UMM itself: the inner objective has the density of the features in it, a gradient. */
  public BilevelProblem umm(HypergradientEstimator estimator) {
    return umm(settings(estimator));
  }

  /** The parameters of each stage of the encoder and of what is behind it. */
  public ImmutableMap<String, Variables> layers() {
    ImmutableMap.Builder<String, Variables> layers = ImmutableMap.builder();
    Set<String> before = new HashSet<>();
    for (String stage : encoder.stages()) {
      Variables parameters = encoder.early(stage).parameters();
      layers.put(stage, parameters.where(name -> !before.contains(name)));
      before.addAll(parameters.names());
    }
    return layers.put("projector", recipe.method().variables()).buildOrThrow();
  }

  private static UmmSettings settings(HypergradientEstimator estimator) {
    return UmmSettings.after(EARLY)
        .rate(0.01)
        .alpha(0.1)
        .optimizer(Sgd.rate(1e-4))
        .estimator(estimator);
  }

  private BilevelProblem umm(UmmSettings settings) {
    return Umm.problem(
        encoder, views("inner images", false), views("outer images", false), settings);
  }

  private ViewBatch views(String name, boolean augmented) {
    ViewBatch views =
        augmented
            ? recipe.views(ImageBatch.of(pixels(name)), RandomKey.fixed(seed).across(replicas))
            : ViewBatch.of(recipe.method(), List.of(pixels(name(name, 1)), pixels(name(name, 2))));
    return views.across(replicas);
  }

  private Expr pixels(String name) {
    checkArgument(pictures.isEmpty() || pictures.containsKey(name), "no pictures for %s", name);
    Initializer values =
        shape -> {
          Random random = new Random(seed ^ name.hashCode());
          return pictures.isEmpty()
              ? Array.fill(shape, i -> random.nextDouble())
              : pictures.get(name);
        };
    return Expr.variable(name, Shape.of(batch, side, side, 3), values).ownRows(replicas);
  }
}
