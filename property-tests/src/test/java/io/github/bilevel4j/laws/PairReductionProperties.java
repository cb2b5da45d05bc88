package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The coding rate reduction where the two views of each image are a class, on unit rows. */
class PairReductionProperties implements ReductionOfViews, EvaluatedLoss {
  private static final CodingRate RATE = CodingRate.epsilonSquared(0.5).onUnitRows();

  @Override
  public Expr loss(List<Expr> views) {
    return RATE.reductionOfPairs(views.get(0), views.get(1));
  }

  /** The closed form in O(n d) is the reduction by classes of two rows each. */
  @Property(seed = "36", tries = 20)
  void equalsTheReductionByClasses(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> byClasses =
        compiled("classes", Precision.FLOAT64, views, PairReductionProperties::byClasses).at(views);
    assertClose(at(views).value(), byClasses.get("value").scalarValue());
    assertClose(at(views).gradients().get(1), byClasses.get("gradient"));
  }

  private static Map<String, Expr> byClasses(List<Expr> views) {
    int[] images = IntStream.range(0, views.get(0).shape().dim(0)).toArray();
    Expr stacked = Expr.concat(0, views.get(0), views.get(1));
    Expr value = RATE.reduction(stacked, Ints.concat(images, images));
    return Map.of("value", value, "gradient", value.gradient(views.get(1)));
  }
}
