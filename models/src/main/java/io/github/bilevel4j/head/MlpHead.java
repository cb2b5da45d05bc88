package io.github.bilevel4j.head;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.layer.Activation;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Dense;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.LayerSpec;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.layer.Sequential;
import java.util.ArrayList;
import java.util.List;

/**
 * A multi-layer perceptron {@code Dense, ReLU, ..., Dense}, the projector or predictor of
 * self-supervised methods. Variables are numbered as in PyTorch's {@code Sequential}.
 *
 * <p>Settings of the literature: SimCLR {@code layers(512, 2048, 256)}; BYOL {@code layers(512,
 * 4096, 256).hiddenNorm(AFFINE)}; SimSiam's projector {@code layers(512, 2048, 2048,
 * 2048).hiddenNorm(AFFINE).hiddenBias(false).outputNorm(PLAIN).outputBias(false)}.
 */
public record MlpHead(
    ImmutableIntArray widths,
    Norm hiddenNorm,
    boolean hiddenBias,
    Norm outputNorm,
    boolean outputBias)
    implements LayerSpec {

  /** The batch normalization after a dense layer. */
  public enum Norm {
    /** No normalization. */
    NONE,
    /** Without scale and shift. */
    PLAIN,
    /** With trained scale and shift. */
    AFFINE
  }

  /**
   * Dense layers between these widths, the input's first, with biases and without normalization.
   *
   * @throws IllegalArgumentException if there are fewer than two widths or one is not positive
   */
  public static MlpHead layers(int... widths) {
    ImmutableIntArray all = ImmutableIntArray.copyOf(widths);
    if (all.length() < 2 || all.stream().anyMatch(width -> width < 1)) {
      throw UsageError.in("mlp head")
          .because("the widths should be two or more positive numbers")
          .value("widths", all)
          .maybe("layers(inputs, hidden, outputs) was meant.");
    }
    return new MlpHead(all, Norm.NONE, true, Norm.NONE, true);
  }

  /** With batch normalization between each hidden dense layer and its ReLU. */
  public MlpHead hiddenNorm(Norm norm) {
    return new MlpHead(widths, norm, hiddenBias, outputNorm, outputBias);
  }

  /** With or without biases in the hidden dense layers. */
  public MlpHead hiddenBias(boolean bias) {
    return new MlpHead(widths, hiddenNorm, bias, outputNorm, outputBias);
  }

  /** With batch normalization at the end. */
  public MlpHead outputNorm(Norm norm) {
    return new MlpHead(widths, hiddenNorm, hiddenBias, norm, outputBias);
  }

  /** With or without bias in the last dense layer. */
  public MlpHead outputBias(boolean bias) {
    return new MlpHead(widths, hiddenNorm, hiddenBias, outputNorm, bias);
  }

  @Override
  public Layer init(Scope scope) {
    List<LayerSpec> layers = new ArrayList<>();
    int last = widths.length() - 1;
    for (int i = 1; i < last; i++) {
      addDense(layers, i, hiddenBias, hiddenNorm);
      layers.add(Activation.RELU);
    }
    addDense(layers, last, outputBias, outputNorm);
    return Sequential.of(layers).init(scope);
  }

  private void addDense(List<LayerSpec> layers, int number, boolean bias, Norm norm) {
    int outputs = widths.get(number);
    layers.add(Dense.between(widths.get(number - 1), outputs).bias(bias));
    if (norm != Norm.NONE) {
      layers.add(BatchNorm.over(outputs).affine(norm == Norm.AFFINE));
    }
  }
}
