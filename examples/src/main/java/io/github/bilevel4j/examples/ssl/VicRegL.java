package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.augment.LocatedCrop;
import io.github.bilevel4j.augment.LocatedCrop.Located;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.losses.redundancy.LocatedView;
import io.github.bilevel4j.losses.redundancy.VicRegLLoss;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.SslLoss;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.ArrayList;
import java.util.List;

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

  /** Each view is cut out of the image, then its colors are changed. */
  @Override
  public ViewBatch views(Views views, Augmentation last, ImageBatch x, RandomKey key) {
    List<Located> cut = new ArrayList<>();
    for (Augmentation color : views.then(last).each()) {
      int i = cut.size();
      Located place = crop.of(x.images(), key.foldIn("crop " + i));
      Expr colored = color.apply(place.images(), key.foldIn("color " + i));
      cut.add(new Located(colored, place.boxes(), place.mirrored()));
    }
    ImmutableList<Expr> images = ImmutableList.copyOf(Lists.transform(cut, Located::images));
    return new ViewBatch(this, images, network -> lossOf(network, cut));
  }

  /** Of views that show whole images. */
  @Override
  public SslLoss loss(Network network, ImmutableList<Expr> views) {
    return lossOf(network, views.stream().map(Located::whole).toList());
  }

  private SslLoss lossOf(Network network, List<Located> views) {
    return SslLoss.of(
        vicRegL.terms(
            views.stream().map(view -> embedded(network, view)).toArray(LocatedView[]::new)));
  }

  private LocatedView embedded(Network network, Located view) {
    Expr z = network.embed(view.images(), projector);
    Expr map = network.apply(mapProjector, network.maps(view.images()));
    return LocatedView.inBoxes(
        z, map, network.gathered(view.boxes()), network.gathered(view.mirrored()));
  }
}
