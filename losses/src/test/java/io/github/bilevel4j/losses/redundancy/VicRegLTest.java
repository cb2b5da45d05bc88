package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.losses.redundancy.VicRegLoss.Convention;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

class VicRegLTest {
  private static LocatedView view(String name, int n, int d, int side, int features) {
    return new LocatedView(
        Expr.input(name, n, d),
        Expr.input(name + " map", n, side, side, features),
        Expr.input(name + " grid", n, side, side, 2));
  }

  /** A view of one place at its own location. */
  private static LocatedView point(Expr embedding) {
    int n = embedding.shape().dim(0);
    return new LocatedView(
        embedding, embedding.reshape(n, 1, 1, -1), Expr.constant(0).broadcastTo(shape(n)));
  }

  private static Shape shape(int n) {
    return Shape.of(n, 1, 1, 2);
  }

  @Test
  void ofOnePlaceIsVicRegOfItTwice() {
    Expr z1 = OnCpu.random("z1", 1, 4, 3);
    Expr z2 = OnCpu.random("z2", 2, 4, 3);
    VicRegLLoss loss = VicRegLLoss.weights(25, 10, 2).share(0.25).matches(1, 1);
    double whole = OnCpu.scalar(VicRegLoss.weights(25, 10, 2).by(Convention.AVERAGED).of(z1, z2));
    // By features and by location the one place is matched with the one place.
    assertThat(OnCpu.scalar(loss.of(point(z1), point(z2))))
        .isCloseTo(0.25 * whole + 0.75 * 2 * whole, within(1e-12));
    assertThat(OnCpu.scalar(loss.bestFeatureMatches().of(point(z1), point(z2))))
        .isCloseTo(0.25 * whole + 0.75 * 2 * whole, within(1e-12));
  }

  /** Two images alike, with features of two places at (0, 0) and (0, 1). */
  private static LocatedView twoPlaces(String name, double first, double second) {
    return new LocatedView(
        OnCpu.matrix(name, new double[][] {{first}, {second}}),
        OnCpu.matrix(name + " places", new double[][] {{first, second}, {first, second}})
            .reshape(2, 1, 2, 1),
        Expr.constant(Array.vector(0, 0, 0, 1, 0, 0, 0, 1)).reshape(2, 1, 2, 2));
  }

  /**
   * By features 0 is next to 1 and 4 to 6, and so they are back; by location the first of equally
   * near places is 0 next to 1.
   */
  @Test
  void allPlacesAreMatchedByFeaturesUnlessTheBestAreWanted() {
    LocatedView x = twoPlaces("x", 0, 4);
    LocatedView y = twoPlaces("y", 1, 6);
    VicRegLLoss loss = VicRegLLoss.weights(1, 1, 1).matches(1, 1);
    assertThat(OnCpu.scalar(loss.local(x, y).invariance()))
        .isCloseTo((1 + 4) / 2.0 + 1, within(1e-12));
    assertThat(OnCpu.scalar(loss.bestFeatureMatches().local(x, y).invariance()))
        .isCloseTo(1 + 1, within(1e-12));
  }

  @Test
  void invarianceIsTheAlignmentAndTheRestTheConstraint() {
    LocatedView x = twoPlaces("x", 0, 4);
    LocatedView y = twoPlaces("y", 1, 6);
    VicRegLLoss loss = VicRegLLoss.weights(1, 1, 1).matches(1, 1);
    VicRegTerms terms = loss.terms(x, y);
    assertThat(loss.alignment(x, y)).isEqualTo(terms.invariance());
    assertThat(loss.constraint(x, y)).isEqualTo(terms.variance().plus(terms.covariance()));
  }

  @Test
  void placesLieInTheirBoxes() {
    LocatedView view =
        LocatedView.inBoxes(
            OnCpu.matrix("z", new double[2][1]),
            OnCpu.random("map", 1, 2, 1, 2, 1),
            OnCpu.matrix("boxes", new double[][] {{10, 20, 4, 8}, {10, 20, 4, 8}}),
            OnCpu.vector("mirrored", 0, 1));
    assertThat(OnCpu.value(view.locations()).toDoubles())
        .containsExactly(12, 22, 12, 26, 12, 26, 12, 22);
  }

  @Test
  void rejectsMapsWithFewerPlacesThanMatches() {
    LocatedView large = view("large", 8, 16, 7, 5);
    LocatedView small = view("small", 8, 16, 3, 5);
    VicRegLLoss loss = VicRegLLoss.weights(25, 25, 1);
    assertThat(loss.of(large, large, small).shape().isScalar()).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loss.local(large, small))
        .withMessageStartingWith("VicRegLLoss: view 2 has 9 places for 20 matches.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loss.of(large, small))
        .withMessage(
            """
            VicRegLLoss: view 2 has 9 places for 20 matches.
              map 1  large map  [8, 7, 7, 5]
              map 2  small map  [8, 3, 3, 5]
            Maybe matches(9, 4) was meant.""");
  }

  @Test
  void rejectsMapsOfDifferentFeatures() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> VicRegLLoss.weights(25, 25, 1).of(view("a", 8, 16, 7, 5), view("b", 8, 16, 7, 6)))
        .withMessage(
            """
            VicRegLLoss: features of places differ in length.
              map 1  a map  [8, 7, 7, 5]
              map 2  b map  [8, 7, 7, 6]
            Maybe the maps come from different stages of the encoder.""");
  }

  @Test
  void rejectsViewsWhosePartsDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LocatedView(
                    Expr.input("z", 8, 16),
                    Expr.input("map", 8, 4, 4, 5),
                    Expr.input("grid", 8, 3, 3, 2)))
        .withMessage(
            """
            LocatedView: needs an embedding [n, d], a map [n, h, w, e] and locations [n, h, w, 2].
              embedding  z     [8, 16]
              map        map   [8, 4, 4, 5]
              locations  grid  [8, 3, 3, 2]
            Maybe the grid has another size than the map, or the map was pooled.""");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LocatedView.inBoxes(
                    Expr.input("z", 8, 16),
                    Expr.input("map", 8, 4, 4, 5),
                    Expr.input("boxes", 4, 4),
                    Expr.input("mirrored", 8)))
        .withMessage(
            """
            LocatedView: needs a map [n, h, w, e], a box [n, 4] and a mark [n] for each of 8 images.
              map       map       [8, 4, 4, 5]
              boxes     boxes     [4, 4]
              mirrored  mirrored  [8]
            Maybe the boxes belong to another batch.""");
  }

  @Test
  void rejectsMapsAndEmbeddingsOfOtherRanks() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LocatedView(
                    Expr.input("z", 8, 4, 4),
                    Expr.input("map", 8, 4, 4, 5),
                    Expr.input("grid", 8, 4, 4, 2)))
        .withMessage(
            """
            LocatedView: needs rank 2 [n, d], got 3.
              embedding  z  [8, 4, 4]
            Maybe flattened() or a pooling is missing.""");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LocatedView.inBoxes(
                    Expr.input("z", 8, 16),
                    Expr.input("map", 8, 5),
                    Expr.input("boxes", 8, 4),
                    Expr.input("mirrored", 8)))
        .withMessage(
            """
            LocatedView: needs a map [n, h, w, e], a box [n, 4] and a mark [n] for each of 8 images.
              map       map       [8, 5]
              boxes     boxes     [8, 4]
              mirrored  mirrored  [8]
            Maybe the boxes belong to another batch.""");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                LocatedView.inBoxes(
                    Expr.input("z", 8, 16),
                    Expr.input("map", 8, 4, 4, 5),
                    Expr.input("boxes", 8, 4),
                    Expr.input("mirrored", 8, 1)))
        .withMessageContaining("mirrored  [8, 1]");
  }

  @Test
  void rejectsNumbersOutsideTheirRanges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VicRegLLoss.weights(25, 25, 1).share(2))
        .withMessage(
            """
            VicRegLLoss: the share must be in [0, 1] and matches must be one or more.
              share         2.0
              matches       20
              matches back  4
            Maybe VicRegLLoss.weights(25, 25, 1).share(0.75).matches(20, 4) was meant.""");
    VicRegLLoss loss = VicRegLLoss.weights(25, 25, 1);
    assertThat(loss.share(0).share()).isZero();
    assertThat(loss.share(1).share()).isOne();
    assertThatIllegalArgumentException().isThrownBy(() -> loss.share(-0.5));
    assertThatIllegalArgumentException().isThrownBy(() -> loss.matches(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> loss.matches(1, 0));
  }
}
