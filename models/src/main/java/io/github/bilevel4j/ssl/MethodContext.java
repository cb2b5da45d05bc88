package io.github.bilevel4j.ssl;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import java.util.stream.IntStream;

/**
 * What a method is put on.
 *
 * @param features the number of the encoder's features
 * @param side height and width of a view in pixels
 * @param images the number of images in the data set
 * @param batch the number of images in a batch
 * @param perEpoch the number of batches in an epoch
 * @param epochs the number of epochs
 * @param step the number of steps made so far, a variable; it counts on in UMM after pre-training,
 *     and in joint training it counts pairs of a self-supervised step and a step of UMM
 */
public record MethodContext(
    Preset preset,
    Encoder encoder,
    int features,
    Scope scope,
    int side,
    int images,
    int batch,
    int perEpoch,
    int epochs,
    Expr step) {

  /** The number of steps of pre-training. */
  public int steps() {
    return epochs * perEpoch;
  }

  /** A head from the encoder's features through layers of these widths, without normalization. */
  public MlpHead mlp(int... widths) {
    return MlpHead.layers(IntStream.concat(IntStream.of(features), IntStream.of(widths)).toArray());
  }

  /** The projector as described. */
  public Layer projector(MlpHead head) {
    return head.init(scope.child("projector"));
  }

  /** The predictor as described. */
  public Layer predictor(MlpHead head) {
    return head.init(scope.child("predictor"));
  }

  /** A rate for batches of 256 images, for the batches here, in proportion to their size. */
  public double scaled(double rate) {
    return rate * batch / 256;
  }
}
