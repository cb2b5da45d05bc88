package io.github.bilevel4j.experiment;

import com.google.common.base.Joiner;
import java.util.OptionalDouble;

/**
 * How good the features of a layer are for a target.
 *
 * @param target the classes and pictures
 * @param layer a stage of the encoder or of a head
 * @param dimension of the features
 * @param rankMe of the train part
 * @param weightDecay of the linear classifier, chosen on the part held out
 * @param heldOut accuracy of the linear classifier on that part, in per cent
 * @param top1 its accuracy on the test part, in per cent
 * @param top5 the share of the test part whose class is among its five largest logits, in per cent;
 *     none of fewer than six classes
 * @param neighbors test accuracy of the five nearest neighbors, in per cent
 */
public record LayerScore(
    String target,
    String layer,
    int dimension,
    double rankMe,
    double weightDecay,
    double heldOut,
    double top1,
    OptionalDouble top5,
    double neighbors) {

  static final String HEADER = "target,layer,d,rankme,weight_decay,heldout,top1,top5,knn";
  private static final int CELLS = 9;

  String line() {
    return Joiner.on(',')
        .join(
            target.replace(',', ';'),
            layer.replace(',', ';'),
            dimension,
            rankMe,
            weightDecay,
            heldOut,
            top1,
            top5.isPresent() ? top5.getAsDouble() : "",
            neighbors);
  }

  /**
   * Reads what {@link #line} wrote.
   *
   * @throws NumberFormatException if it is something else
   */
  static LayerScore parsed(String line) {
    String[] cells = line.split(",", -1);
    if (cells.length != CELLS) {
      throw new NumberFormatException();
    }
    return new LayerScore(
        cells[0],
        cells[1],
        Integer.parseInt(cells[2]),
        Double.parseDouble(cells[3]),
        Double.parseDouble(cells[4]),
        Double.parseDouble(cells[5]),
        Double.parseDouble(cells[6]),
        cells[7].isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(Double.parseDouble(cells[7])),
        Double.parseDouble(cells[8]));
  }
}
