package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.LocatedView;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * VICRegL of two views of the same box. Each embedding is the mean of the features of its places,
 * which are four given functions of it: a loss of the embeddings alone.
 */
class VicRegLProperties implements BatchLoss, SumOfParts, NonNegative, EvaluatedLoss {
  private static final int PLACES = 4;
  private static final VicRegLLoss VIC_REG_L =
      VicRegLLoss.weights(25, 25, 1).share(0.75).matches(3, 2);

  /** The grid of 2 x 2 places of the unit square. */
  private static Expr locations(int n) {
    return Expr.constant(
        Array.fill(Shape.of(n, 2, 2, 2), i -> (i % 2 == 0 ? (i / 4) % 2 : (i / 2) % 2) * 0.5));
  }

  private static LocatedView view(Expr z) {
    int n = z.shape().dim(0);
    int d = z.shape().dim(1);
    Expr weights = Expr.constant(Draws.seed(9).normal(d, PLACES * 3));
    return new LocatedView(z, z.matmul(weights).tanh().reshape(n, 2, 2, 3), locations(n));
  }

  private static LocatedView[] located(List<Expr> views) {
    return views.stream().map(VicRegLProperties::view).toArray(LocatedView[]::new);
  }

  @Override
  public Expr loss(List<Expr> views) {
    return VIC_REG_L.of(located(views));
  }

  @Override
  public Expr alignment(List<Expr> views) {
    return VIC_REG_L.alignment(located(views));
  }

  @Override
  public Expr constraint(List<Expr> views) {
    return VIC_REG_L.constraint(located(views));
  }

  private Map<String, Array> forms(List<Array> views) {
    return compiled("forms", Precision.FLOAT64, views, VicRegLProperties::formsOf).at(views);
  }

  private static Map<String, Expr> formsOf(List<Expr> z) {
    LocatedView[] views = located(z);
    return Map.of(
        "wholes", VIC_REG_L.share(1).of(views),
        "places", VIC_REG_L.share(0).of(views),
        "all places", VIC_REG_L.matches(PLACES, PLACES).local(views).invariance(),
        "same places", samePlaces(views),
        "global", VIC_REG_L.global(views).total(),
        "local", VIC_REG_L.local(views).total());
  }

  private static Expr samePlaces(LocatedView... views) {
    return views[0].map().minus(views[1].map()).squared().mean().times(25);
  }

  /** {@code L = share G + (1 - share) L_local}. */
  @Property(seed = "212", tries = 10)
  void isAMeanOfWholesAndPlaces(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> forms = forms(views);
    double wholes = forms.get("wholes").scalarValue();
    double places = forms.get("places").scalarValue();
    assertClose(wholes, forms.get("global").scalarValue());
    assertClose(places, forms.get("local").scalarValue());
    assertClose(at(views).value(), 0.75 * wholes + 0.25 * places);
  }

  /**
   * All places of two views of one box lie where they lie: matched by location they are the same
   * places, and matched by features they are no farther apart.
   */
  @Property(seed = "213", tries = 20)
  void featuresMatchNoWorseThanLocations(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> forms = forms(views);
    double byLocation = forms.get("same places").scalarValue();
    double byFeatures = forms.get("all places").scalarValue() - byLocation;
    assertThat(byFeatures).isBetween(0.0, byLocation + 1e-12);
  }

  /** Equal views match themselves. */
  @Property(seed = "214", tries = 10)
  void isConstraintAloneForEqualViews(@ForAll long seed, @ForAll boolean wide) {
    Array z = draw(Draws.seed(seed), wide).get(0);
    Map<String, Array> parts =
        compiled(
                "parts of equal views",
                Precision.FLOAT64,
                List.of(z, z),
                views -> Map.of("alignment", alignment(views), "constraint", constraint(views)))
            .at(z, z);
    assertClose(parts.get("alignment").scalarValue(), 0);
    assertClose(at(List.of(z, z)).value(), parts.get("constraint").scalarValue());
  }
}
