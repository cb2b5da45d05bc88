package io.github.bilevel4j.inspect;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.laws.LossFunction;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a loss makes of embeddings of some shapes.
 *
 * @param views the shapes of the views
 * @param accepted whether there is a result
 * @param answer the shape of the result, or the first line of the message that refuses the views
 */
public record ShapeRule(List<Shape> views, boolean accepted, String answer) {
  static ShapeRule of(LossFunction loss, List<Shape> views) {
    try {
      return new ShapeRule(views, true, loss.of(Inspector.inputs(views)).shape().toString());
    } catch (UsageError refused) {
      return new ShapeRule(
          views, false, refused.getMessage().lines().findFirst().orElse("refused"));
    }
  }

  /** For instance {@code [6, 4], [6, 4] -> []}. */
  @Override
  public String toString() {
    return views.stream().map(Shape::toString).collect(Collectors.joining(", "))
        + (accepted ? " -> " : " is refused: ")
        + answer;
  }
}
