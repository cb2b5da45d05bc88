package io.github.bilevel4j.layer;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.List;

/** Layers one after another. */
record Chain(ImmutableList<Layer> layers, Variables parameters, Variables state, Vector vector)
    implements Layer {

  static Chain of(List<Layer> layers) {
    return new Chain(
        ImmutableList.copyOf(layers),
        layers.stream().map(Layer::parameters).reduce(Variables.none(), Variables::and),
        layers.stream().map(Layer::state).reduce(Variables.none(), Variables::and),
        BoundLayer.union(layers));
  }

  @Override
  public ImmutableList<Layer> parts() {
    return layers.stream()
        .flatMap(layer -> layer.parts().stream())
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public Expr apply(Vector given, Expr x, Pass pass) {
    Expr y = x;
    for (Layer layer : layers) {
      y = layer.apply(given, y, pass);
    }
    return y;
  }
}
