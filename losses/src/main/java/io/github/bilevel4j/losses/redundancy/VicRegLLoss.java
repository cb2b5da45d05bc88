package io.github.bilevel4j.losses.redundancy;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.losses.ViewPairs;
import java.util.List;
import java.util.function.Function;

/**
 * VICReg of whole images and of places in them,
 *
 * <pre>
 * L = share G + (1 - share) L_local  =  alignment + constraint.
 * </pre>
 *
 * <p>Both are means over the pairs of view i, one of the first two, and another view j. G is {@link
 * VicRegLoss} of the embeddings, but variance and covariance averaged over all views. {@code
 * L_local} is a sum over two ways to match places of the maps of i and j, in either direction:
 *
 * <ul>
 *   <li>each place with the place whose features are nearest, all of them unless {@link
 *       #bestFeatureMatches()};
 *   <li>each place with the one nearest in the image, keeping so many of least distance: {@code
 *       matches} from i to j, {@code matchesBack} from j to i.
 * </ul>
 *
 * <p>Matched places in their order are slots; each slot is a batch of n for variance and
 * covariance. No gradient flows through the matching. Terms of two are averaged ({@link
 * VicRegLoss.Convention#AVERAGED}).
 *
 * <p>Source: Bardes, Ponce, LeCun, "VICRegL: self-supervised learning of local visual features",
 * 2022.
 *
 * @param terms the weights of the terms
 * @param share of the whole images, in [0, 1]
 * @param matches how many places of view i are matched with the nearest ones of j
 * @param matchesBack how many places of view j are matched with the nearest ones of i
 * @param allByFeatures whether all places are matched by features
 */
public record VicRegLLoss(
    VicRegLoss terms, double share, int matches, int matchesBack, boolean allByFeatures) {
  private static final String NAME = "VicRegLLoss";

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the share is not in [0, 1] or there is no match
   */
  public VicRegLLoss {
    if (!(share >= 0 && share <= 1) || matches < 1 || matchesBack < 1) {
      throw UsageError.in(NAME)
          .because("the share must be in [0, 1] and matches must be one or more")
          .value("share", share)
          .value("matches", matches)
          .value("matches back", matchesBack)
          .maybe("VicRegLLoss.weights(25, 25, 1).share(0.75).matches(20, 4) was meant.");
    }
  }

  /**
   * With the weights of invariance, variance and covariance, share 0.75, and 20 and 4 matches, for
   * maps of 7 x 7 places.
   *
   * @throws IllegalArgumentException if one is negative
   */
  public static VicRegLLoss weights(double invariance, double variance, double covariance) {
    VicRegLoss terms = VicRegLoss.weights(invariance, variance, covariance);
    return new VicRegLLoss(terms.by(VicRegLoss.Convention.AVERAGED), 0.75, 20, 4, true);
  }

  /**
   * With another share of the whole images; 0.75 to 0.9 are usual.
   *
   * @throws IllegalArgumentException if it is not in [0, 1]
   */
  public VicRegLLoss share(double wholes) {
    return new VicRegLLoss(terms, wholes, matches, matchesBack, allByFeatures);
  }

  /**
   * With other numbers of matches from a view to another and back.
   *
   * @throws IllegalArgumentException if one is less than one
   */
  public VicRegLLoss matches(int there, int back) {
    return new VicRegLLoss(terms, share, there, back, allByFeatures);
  }

  /** With as many matches by features as by locations: those of least distance. */
  public VicRegLLoss bestFeatureMatches() {
    return new VicRegLLoss(terms, share, matches, matchesBack, false);
  }

  /**
   * The loss L.
   *
   * @param views two or more
   * @throws IllegalArgumentException if views are fewer than two, hold fewer than two images or
   *     different numbers of them, have embeddings or features of different length, or if a map has
   *     fewer places than matches
   */
  public Expr of(LocatedView... views) {
    return terms(views).total();
  }

  /**
   * The part of L that draws views together: the invariance terms.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(LocatedView... views) {
    return terms(views).alignment();
  }

  /**
   * The part of L that keeps features apart: the variance and covariance terms.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(LocatedView... views) {
    return terms(views).constraint();
  }

  /**
   * The terms of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public VicRegTerms terms(LocatedView... views) {
    return global(views).times(share).plus(local(views).times(1 - share));
  }

  /**
   * The terms of G, those of whole images.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public VicRegTerms global(LocatedView... views) {
    requireFitting(views);
    List<Expr> z = ImmutableList.copyOf(views).stream().map(LocatedView::embedding).toList();
    return new VicRegTerms(
        ViewPairs.different(z.size(), 2).mean((j, i) -> terms.invariance(z.get(i), z.get(j))),
        mean(z, terms::variance),
        mean(z, terms::covariance));
  }

  private static Expr mean(List<Expr> views, Function<Expr, Expr> term) {
    return views.stream().map(term).reduce(Expr::plus).orElseThrow().dividedBy(views.size());
  }

  /**
   * The terms of {@code L_local}, those of places.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public VicRegTerms local(LocatedView... views) {
    requireFitting(views);
    return new VicRegTerms(
        local(VicRegTerms::invariance, views),
        local(VicRegTerms::variance, views),
        local(VicRegTerms::covariance, views));
  }

  private Expr local(Function<VicRegTerms, Expr> term, LocatedView... views) {
    return ViewPairs.different(views.length, 2)
        .mean((j, i) -> term.apply(between(views[i], views[j])));
  }

  /** The mean of both directions, by features and by locations. */
  private VicRegTerms between(LocatedView x, LocatedView y) {
    return towards(x, y, matches).plus(towards(y, x, matchesBack)).times(0.5);
  }

  private VicRegTerms towards(LocatedView x, LocatedView y, int count) {
    int byFeatures = allByFeatures ? x.placeCount() : count;
    return matched(x, y, NearestMatches.nearest(x.featureDistances(y), byFeatures))
        .plus(matched(x, y, NearestMatches.nearest(x.locationDistances(y), count)));
  }

  private VicRegTerms matched(LocatedView x, LocatedView y, NearestMatches found) {
    return terms.ofBatches(found.first(x.places()), found.second(y.places()));
  }

  private void requireFitting(LocatedView... views) {
    List<LocatedView> all = ImmutableList.copyOf(views);
    Operands.of(NAME)
        .and("z", all.stream().map(LocatedView::embedding).toList())
        .requireTwoViews(views.length)
        .requireOneShape()
        .requireTwoImages();
    requireMaps(all);
  }

  private void requireMaps(List<LocatedView> views) {
    if (views.stream().mapToInt(view -> view.map().shape().dim(3)).distinct().count() > 1) {
      throw maps("features of places differ in length", views)
          .maybe("the maps come from different stages of the encoder.");
    }
    for (int i = 0; i < views.size(); i++) {
      int places = views.get(i).placeCount();
      // The first two views are matched in both directions, the others back only.
      int needed = i < 2 ? Math.max(matches, matchesBack) : matchesBack;
      if (places < needed) {
        throw maps(
                "view " + (i + 1) + " has " + places + " places for " + needed + " matches", views)
            .maybe(
                "matches(%d, %d) was meant.",
                Math.min(matches, places), Math.min(matchesBack, places));
      }
    }
  }

  private static UsageError.Message maps(String reason, List<LocatedView> views) {
    UsageError.Message mistake = UsageError.in(NAME).because("%s", reason);
    for (int i = 0; i < views.size(); i++) {
      Expr map = views.get(i).map();
      mistake = mistake.row("map " + (i + 1), map.label(), map.shape().toString());
    }
    return mistake;
  }
}
