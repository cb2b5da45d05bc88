package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.augment.HorizontalFlip;
import io.github.bilevel4j.augment.RandomResizedCrop;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.FineTuningProtocol;
import io.github.bilevel4j.eval.TopAccuracy;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.HeadStages;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Semi-supervised learning: a pre-trained encoder and a linear classifier {@code x W + b} on its
 * last features are trained together on few labeled images. Both by stochastic gradients with
 * momentum 0.9 and without weight decay, each with a rate of its own that falls to zero along a
 * cosine; batch normalization by the batch; random crops of 0.08 to 1 of the area and flips. W
 * starts normal with deviation 0.01, b at zero.
 *
 * <p>Sources: 50 epochs and the rates, arXiv 2410.00772, section 6.3; what it leaves open, the
 * evaluation of Zbontar et al., "Barlow Twins", 2021.
 */
public final class FineTuning {
  private static final String CLASSIFIER = "classifier";
  private static final double DEVIATION = 0.01;
  private static final int TOP = 5;

  private final Experiment experiment;
  private final FineTuningProtocol protocol;
  private final Encoder body;
  private final Encoder network;
  private final Variables classifier;

  private FineTuning(
      Experiment experiment,
      FineTuningProtocol protocol,
      Encoder body,
      Encoder network,
      Variables classifier) {
    this.experiment = experiment;
    this.protocol = protocol;
    this.body = body;
    this.network = network;
    this.classifier = classifier;
  }

  /**
   * What was learned.
   *
   * @param accuracy on the test part, in per cent
   * @param top5 the share of the test part whose class is among the five largest logits, in per
   *     cent; none of fewer than six classes
   */
  public record Outcome(double accuracy, OptionalDouble top5) {}

  /**
   * Puts a new classifier on an experiment's encoder. The experiment's images for pre-training are
   * the labeled ones.
   *
   * @throws io.github.bilevel4j.check.UsageError if they have no classes
   */
  public static FineTuning of(Experiment experiment, FineTuningProtocol protocol) {
    return of(experiment, protocol, experiment.encoder());
  }

  /**
   * Puts it behind a layer of the projector, which is trained, too, up to there (Chen, Kornblith,
   * Swersky, Norouzi, Hinton, "Big self-supervised models are strong semi-supervised learners",
   * 2020: the first of three).
   *
   * @param layer of {@link HeadStages}, for instance {@code projector/1}
   * @throws io.github.bilevel4j.check.UsageError if there is no such layer of the projector,
   *     listing those that there are, or the images have no classes
   */
  public static FineTuning behind(
      Experiment experiment, FineTuningProtocol protocol, String layer) {
    Encoder whole = HeadStages.after(experiment.encoder(), experiment.recipe().method());
    List<String> projector =
        whole.stages().stream().filter(stage -> stage.startsWith("projector/")).toList();
    if (!projector.contains(layer)) {
      throw UsageError.in("fine-tuning")
          .because("the projector has no layer \"%s\"", layer)
          .value("layers", String.join(", ", projector))
          .maybe("one of these was meant.");
    }
    return of(experiment, protocol, whole.early(layer));
  }

  private static FineTuning of(Experiment experiment, FineTuningProtocol protocol, Encoder body) {
    experiment.data().requireClasses("fine-tuning");
    int features = Experiment.width(body, experiment.data().train());
    int classes = experiment.data().train().classCount();
    Scope scope = Scope.seed(experiment.seed()).child(CLASSIFIER);
    Expr weight =
        scope.drawn(
            "weight", Shape.of(features, classes), seed -> Initializer.normal(DEVIATION, seed));
    Expr bias = scope.variable("bias", Shape.of(classes), Initializer.zeros());
    Variables variables = Variables.of(weight, bias);
    Layer linear =
        Layer.of(
            variables,
            (values, x, pass) -> x.matmul(values.get(weight.name())).plus(values.get(bias.name())));
    Encoder network = Encoder.of(ImmutableMap.of("encoder", body, CLASSIFIER, linear));
    return new FineTuning(experiment, protocol, body, network, variables);
  }

  /** The training, of so many epochs. */
  public TrainingTask task(int epochs) {
    LabeledImages labeled = experiment.data().pretraining();
    ImageInput images = experiment.images("images", 0);
    Expr counter = Experiment.counter("finetune/counter");
    Expr views =
        images
            .cropping(
                RandomResizedCrop.size(labeled.height()).then(HorizontalFlip.probability(0.5)))
            .apply(images.batch().images(), experiment.draws(counter).foldIn("finetune"));
    Pass pass = Pass.training();
    Expr logits = network.apply(experiment.normalize().apply(views), pass);
    int[] classes = labeled.labels();
    Expr labels =
        Expr.constant(Array.fill(Shape.of(classes.length), i -> classes[i]))
            .gather(images.batch().indices());
    int steps = epochs * experiment.stepsPerEpoch();
    return TrainingTask.of(
        protocol
            .problem(body.parameters(), classifier, logits, labels, steps)
            .updating(pass.updates())
            .updating(List.of(Experiment.counted(counter))),
        experiment.engine(),
        ImmutableList.of(images));
  }

  /** What a linear probe on the same frozen features is given, those of a part. */
  public Features frozen(LabeledImages part) {
    return experiment.extractor(body).features(body.stages().reverse().get(0), part);
  }

  /** How well encoder and classifier classify the test part at present. */
  public Outcome outcome() {
    Features logits =
        FeatureExtractor.of(
                experiment.engine(), network, experiment.normalize()::apply, experiment.batch())
            .features(CLASSIFIER, experiment.data().test());
    return new Outcome(
        TopAccuracy.of(logits, 1),
        logits.classes() <= TOP
            ? OptionalDouble.empty()
            : OptionalDouble.of(TopAccuracy.of(logits, TOP)));
  }

  /**
   * Writes the classifier to a file, {@code classifier/weight [features, classes]} and {@code
   * classifier/bias [classes]}.
   */
  public void saveClassifier(Path file) {
    SafeTensors.write(
        file, experiment.engine().read(classifier), ElementType.F32, ImmutableMap.of());
  }
}
