package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.Embeddings;
import io.github.bilevel4j.shape.Shape;

/**
 * A view of n images with features of the whole and of places in it.
 *
 * @param embedding of the whole view, {@code [n, d]}
 * @param map embeddings of h x w places in it, {@code [n, h, w, e]}
 * @param locations where these places are in the uncropped image, as (row, column) in any unit,
 *     {@code [n, h, w, 2]}
 */
public record LocatedView(Expr embedding, Expr map, Expr locations) {

  /**
   * Checks the shapes.
   *
   * @throws IllegalArgumentException if they do not fit together
   */
  public LocatedView {
    Embeddings.require("LocatedView", "embedding", embedding);
    Shape places = map.shape();
    if (places.rank() != 4
        || places.dim(0) != embedding.shape().dim(0)
        || !locations.shape().equals(places.withDim(-1, 2))) {
      throw UsageError.in("LocatedView")
          .because("needs an embedding [n, d], a map [n, h, w, e] and locations [n, h, w, 2]")
          .row("embedding", embedding.label(), embedding.shape().toString())
          .row("map", map.label(), places.toString())
          .row("locations", locations.label(), locations.shape().toString())
          .maybe("the grid has another size than the map, or the map was pooled.");
    }
  }

  /**
   * The view of boxes cut out of the images and mirrored: place (k, l) of a map of {@code [h, w]}
   * lies at row {@code top + (k + 1/2) height / h} and column {@code left + (l + 1/2) width / w}.
   *
   * @param boxes top, left, height and width in any unit, {@code [n, 4]}
   * @param mirrored 1 for a box whose columns are in opposite order, else 0, {@code [n]}
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public static LocatedView inBoxes(Expr embedding, Expr map, Expr boxes, Expr mirrored) {
    int n = embedding.shape().dim(0);
    if (map.shape().rank() != 4
        || !boxes.shape().equals(Shape.of(n, 4))
        || !mirrored.shape().equals(Shape.of(n))) {
      throw UsageError.in("LocatedView")
          .because("needs a map [n, h, w, e], a box [n, 4] and a mark [n] for each of %d images", n)
          .row("map", map.label(), map.shape().toString())
          .row("boxes", boxes.label(), boxes.shape().toString())
          .row("mirrored", mirrored.label(), mirrored.shape().toString())
          .maybe("the boxes belong to another batch.");
    }
    return new LocatedView(
        embedding, map, grid(boxes, mirrored, map.shape().dim(1), map.shape().dim(2)));
  }

  private static Expr grid(Expr boxes, Expr mirrored, int h, int w) {
    Expr across = centers(w);
    Expr mark = mirrored.unsqueezed(-1);
    Expr rows = along(boxes, 0, centers(h));
    Expr columns = along(boxes, 1, mark.where(Expr.constant(1).minus(across), across));
    Shape shape = Shape.of(boxes.shape().dim(0), h, w, 1);
    return Expr.concat(
        -1,
        rows.unsqueezed(-1).unsqueezed(-1).broadcastTo(shape),
        columns.unsqueezed(1).unsqueezed(-1).broadcastTo(shape));
  }

  /** The centers of so many equal parts of the unit interval, {@code [parts]}. */
  private static Expr centers(int parts) {
    return Expr.range(parts).plus(0.5).dividedBy(parts);
  }

  /** Fractions of a side to coordinates in the image, {@code [n, parts]}. */
  private static Expr along(Expr boxes, int side, Expr fractions) {
    Expr start = boxes.slice(1, side, side + 1);
    Expr length = boxes.slice(1, side + 2, side + 3);
    return start.plus(length.times(fractions));
  }

  /** The map with the places in one axis, {@code [n, h w, e]}. */
  Expr places() {
    return map.reshape(map.shape().dim(0), -1, map.shape().dim(3));
  }

  /** The number of places. */
  int placeCount() {
    return map.shape().dim(1) * map.shape().dim(2);
  }

  /** Squared distances of the features of all places to those of another view's. */
  Expr featureDistances(LocatedView other) {
    Expr x = places();
    Expr y = other.places();
    Expr squares = x.squared().sumKeeping(-1);
    Expr others = y.squared().sumKeeping(-1).transposed();
    return squares.plus(others).minus(x.matmulTransposed(y).times(2));
  }

  /** Squared distances of all places to those of another view in the image. */
  Expr locationDistances(LocatedView other) {
    return coordinates().unsqueezed(2).minus(other.coordinates().unsqueezed(1)).squared().sum(-1);
  }

  private Expr coordinates() {
    return locations.reshape(locations.shape().dim(0), -1, 2);
  }
}
