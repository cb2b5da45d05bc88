package io.github.bilevel4j.layer;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.List;

/** Layers one after another. */
final class Chain implements Layer {
  private final ImmutableList<Layer> layers;
  private final Variables parameters;
  private final Variables state;
  private final Vector vector;

  Chain(List<Layer> layers) {
    this.layers = ImmutableList.copyOf(layers);
    this.parameters =
        layers.stream().map(Layer::parameters).reduce(Variables.none(), Variables::and);
    this.state = layers.stream().map(Layer::state).reduce(Variables.none(), Variables::and);
    this.vector = BoundLayer.union(layers);
  }

  @Override
  public Variables parameters() {
    return parameters;
  }

  @Override
  public Variables state() {
    return state;
  }

  @Override
  public Vector vector() {
    return vector;
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
