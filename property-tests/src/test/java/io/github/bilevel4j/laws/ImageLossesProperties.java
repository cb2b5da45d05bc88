package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.Range;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.losses.longtail.ImageLosses;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The losses of images, averaged, are NT-Xent and obey its laws. */
class ImageLossesProperties implements AngularLoss, SymmetricInViews, NonNegative {
  private static final ImageLosses LOSSES = ImageLosses.temperature(0.5);

  @Override
  public Expr of(List<Expr> views) {
    return LOSSES.of(views.get(0), views.get(1)).mean();
  }

  @Override
  public Range<Double> bounds(int samples) {
    return new NtXentProperties().bounds(samples);
  }

  @Override
  public double atOnePoint(int samples) {
    return new NtXentProperties().atOnePoint(samples);
  }

  @Property(seed = "232", tries = 20)
  void haveNtXentAsTheirMean(@ForAll long seed, @ForAll boolean wide) {
    List<Array> views = draw(Draws.seed(seed), wide);
    Map<String, Array> ntXent =
        compiled(
                "NT-Xent",
                Precision.FLOAT64,
                views,
                z -> Map.of("value", NtXent.temperature(0.5).of(z.get(0), z.get(1))))
            .at(views);
    assertClose(at(views).value(), ntXent.get("value").scalarValue());
  }

  /** The losses go with their images when these are reordered. */
  @Property(seed = "233", tries = 20)
  void belongToTheirImages(@ForAll long seed, @ForAll boolean wide) {
    Draws draws = Draws.seed(seed);
    List<Array> views = draw(draws, wide);
    int n = views.get(0).shape().dim(0);
    List<Integer> order = draws.order(n);
    Array losses = each(views);
    Array reordered = each(views.stream().map(z -> Rows.ordered(z, order)).toList());
    assertClose(reordered, Array.fill(Shape.of(n), i -> losses.at(order.get(i))));
  }

  private Array each(List<Array> views) {
    return compiled(
            "each", Precision.FLOAT64, views, z -> Map.of("losses", LOSSES.of(z.get(0), z.get(1))))
        .at(views)
        .get("losses");
  }
}
