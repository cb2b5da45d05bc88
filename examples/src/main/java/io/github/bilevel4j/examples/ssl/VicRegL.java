package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.LocatedCrop;
import io.github.bilevel4j.augment.LocatedCrop.Located;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.LocatedView;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;

/**
 * VICRegL (Bardes et al., 2022): VICReg of whole images and of places in them, matched by their
 * features and by where they are in the image. The map projector acts on each place.
 */
public record VicRegL(Layer projector, Layer mapProjector, LocatedCrop crop, VicRegLLoss vicRegL)
    implements SslMethod {

  @Override
  public Layer heads() {
    return projector.then(mapProjector);
  }

  /** The images after the views' changes of color, then of each view the boxes and the marks. */
  @Override
  public ImmutableList<Expr> see(
      Views views, Augmentation last, ImageBatch batch, RandomKey randomness) {
    ImmutableList.Builder<Expr> colored = ImmutableList.builder();
    ImmutableList.Builder<Expr> places = ImmutableList.builder();
    ImmutableList<Augmentation> colors = views.then(last).each();
    for (int i = 0; i < colors.size(); i++) {
      Located cut = crop.of(batch.images(), randomness.foldIn("crop " + i));
      colored.add(colors.get(i).apply(cut.images(), randomness.foldIn("color " + i)));
      places.add(cut.boxes(), cut.mirrored());
    }
    return colored.addAll(places.build()).build();
  }

  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> seen) {
    int count = seen.size() / 3;
    LocatedView[] views = new LocatedView[count];
    for (int i = 0; i < count; i++) {
      Expr map = network.apply(mapProjector, network.maps(seen.get(i)));
      Expr z = network.embed(seen.get(i), projector);
      int place = count + 2 * i;
      views[i] = LocatedView.inBoxes(z, map, seen.get(place), seen.get(place + 1));
    }
    return SslLoss.of(vicRegL.alignment(views), vicRegL.constraint(views));
  }
}
