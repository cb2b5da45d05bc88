package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import io.github.bilevel4j.augment.ColorJitter;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LayerProbe;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.HeadStages;
import io.github.bilevel4j.ssl.SslMethod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Guillotine regularization: where a pre-trained network should be cut off. The layer to which a
 * self-supervised loss is applied is rarely the best one to use, so every stage of the encoder and
 * every layer of the method's heads is judged by a {@link LayerProbe}; the layers behind the best
 * one are removed. Of a feature map the mean over height and width is taken. All normalizations use
 * their running statistics.
 *
 * <p>Where the loss sees directions alone, an output of a head is judged with rows of length one,
 * too, as {@code projector/out/unit}. W-MSE's whitening is a part of its loss and no layer.
 *
 * <p>Source: Bordes, Balestriero, Garrido, Bardes, Vincent, "Guillotine Regularization: Why
 * removing layers is needed to improve generalization in self-supervised learning", 2023.
 */
public final class Guillotine {
  /** What the name of an output with rows of length one ends with. */
  public static final String UNIT = "/unit";

  /** The full color distortion of SimCLR (Chen et al., 2020), on every picture. */
  private static final ColorJitter SHIFT = ColorJitter.strengths(0.8, 0.8, 0.8, 0.2);

  private static final String NAME = "guillotine";
  private static final String OUT = "/out";

  private final Experiment experiment;
  private final LayerProbe probe;
  private final FeatureExtractor extractor;
  private final ImmutableList<String> layers;

  private Guillotine(
      Experiment experiment, Supplier<Engine> engines, Encoder network, List<String> layers) {
    this.experiment = experiment;
    this.probe = LayerProbe.on(engines);
    this.extractor = experiment.extractor(network);
    this.layers = ImmutableList.copyOf(layers);
  }

  /** Of all layers; the engines are those of {@link LayerProbe#on}. */
  public static Guillotine of(Experiment experiment, Supplier<Engine> engines) {
    Encoder network = network(experiment);
    return new Guillotine(experiment, engines, network, layers(network, experiment));
  }

  private static Encoder network(Experiment experiment) {
    return HeadStages.after(experiment.encoder(), experiment.recipe().method());
  }

  private static List<String> layers(Encoder network, Experiment experiment) {
    SslMethod method = experiment.recipe().method();
    List<String> layers = new ArrayList<>();
    for (String stage : network.stages()) {
      layers.add(stage);
      boolean isOfHead = !experiment.encoder().stages().contains(stage);
      if (isOfHead && stage.endsWith(OUT) && method.hasUnitOutputs()) {
        layers.add(stage + UNIT);
      }
    }
    return layers;
  }

  /**
   * Of some layers, and of what enters the loss, with which they are compared.
   *
   * @throws UsageError if there is no such layer, listing those that exist
   */
  public Guillotine only(List<String> some) {
    for (String layer : some) {
      if (!layers.contains(layer)) {
        throw UsageError.in(NAME)
            .because("there is no layer \"%s\"", layer)
            .value("layers", String.join(", ", layers))
            .maybe("one of these was meant.");
      }
    }
    List<String> kept = new ArrayList<>(layers);
    kept.removeIf(layer -> !some.contains(layer) && !layer.equals(HeadStages.PROJECTOR_OUT));
    return new Guillotine(experiment, probe, extractor, kept);
  }

  private Guillotine(
      Experiment experiment, LayerProbe probe, FeatureExtractor extractor, List<String> layers) {
    this.experiment = experiment;
    this.probe = probe;
    this.extractor = extractor;
    this.layers = ImmutableList.copyOf(layers);
  }

  /** The layers in forward order. */
  public ImmutableList<String> layers() {
    return layers;
  }

  /**
   * Fails before anything is computed if layers could not be judged by data.
   *
   * @throws UsageError if the images have no classes, there are fewer train images than neighbors
   *     that vote, or a layer has no features
   */
  public void requireUsable(ImageDataset data) {
    data.requireClasses(NAME);
    Scores.requireEnough(data.train());
    extractor.check(stages(), data.train());
  }

  /**
   * Fails if a normalization of a head has running statistics that no training has moved, with
   * which it would not compute what the loss was given.
   *
   * @throws UsageError if so
   */
  public void requireTrainedHeads() {
    Map<String, Expr> statistics =
        experiment.recipe().method().heads().state().where(BatchNorm::isStatistic).leaves();
    if (statistics.isEmpty()) {
      return;
    }
    Map<String, Array> values =
        experiment.engine().read(experiment.recipe().method().heads().state());
    values.forEach(
        (name, value) -> {
          boolean isMean = name.endsWith("mean");
          boolean isMoved = false;
          for (int i = 0; i < value.size(); i++) {
            isMoved |= value.at(i) != (isMean ? 0 : 1);
          }
          if (!isMoved) {
            throw UsageError.in(NAME)
                .because("no training has moved the running statistics %s", name)
                .maybe("weights of pretrain were meant.");
          }
        });
  }

  private List<String> stages() {
    return Lists.transform(layers, Guillotine::stage);
  }

  /** The stage whose output is judged, with rows of length one or as it is. */
  private static String stage(String layer) {
    return layer.endsWith(UNIT) ? layer.substring(0, layer.length() - UNIT.length()) : layer;
  }

  /**
   * Judges the layers for the experiment's own classes, on its test part and on that with colors
   * changed: brightness, contrast and saturation by factors of 0.2 to 1.8, the hue by up to a fifth
   * of the circle. For the latter the pictures held out of the train part are changed, too.
   *
   * @return the targets {@link LayerScores#OWN} and {@link LayerScores#SHIFTED}
   */
  public ImmutableList<LayerScore> measured() {
    ImageDataset data = experiment.data();
    Map<String, Features> train = features(data.train());
    Map<String, Features> test = features(data.test());
    Features any = train.values().iterator().next();
    LabeledImages heldOut = data.train().take(LayerProbe.heldOut(any));
    Map<String, Features> shiftedHeldOut = features(shifted(heldOut));
    Map<String, Features> shiftedTest = features(shifted(data.test()));
    ImmutableList.Builder<LayerScore> scores = ImmutableList.builder();
    scores.addAll(scores(LayerScores.OWN, train, Map.of(), test));
    return scores.addAll(scores(LayerScores.SHIFTED, train, shiftedHeldOut, shiftedTest)).build();
  }

  /**
   * Judges the layers for the classes of other data.
   *
   * @param target what they are called
   */
  public ImmutableList<LayerScore> measured(String target, ImageDataset data) {
    return scores(target, features(data.train()), Map.of(), features(data.test()));
  }

  private LabeledImages shifted(LabeledImages images) {
    return ChangedImages.of(experiment.engine(), images, SHIFT, experiment.seed());
  }

  private ImmutableList<LayerScore> scores(
      String target,
      Map<String, Features> train,
      Map<String, Features> heldOut,
      Map<String, Features> test) {
    return layers.stream()
        .map(
            layer -> {
              Features of = train.get(layer);
              LayerProbe.Choice choice =
                  heldOut.isEmpty() ? probe.choice(of) : probe.choice(of, heldOut.get(layer));
              LayerProbe.Accuracies found = probe.accuracies(choice, of, test.get(layer));
              return new LayerScore(
                  target,
                  layer,
                  of.dimension(),
                  LayerProbe.rankMe(of),
                  choice.weightDecay(),
                  choice.accuracy(),
                  found.top1(),
                  found.top5(),
                  found.neighbors());
            })
        .collect(ImmutableList.toImmutableList());
  }

  private Map<String, Features> features(LabeledImages images) {
    ImmutableMap<String, Features> outputs = extractor.features(stages(), images);
    Map<String, Features> features = new LinkedHashMap<>();
    for (String layer : layers) {
      Features output = outputs.get(stage(layer));
      features.put(layer, layer.endsWith(UNIT) ? output.unitRows() : output);
    }
    return features;
  }
}
