package io.github.bilevel4j.layer;

/** The description of a layer, without variables. */
@FunctionalInterface
public interface LayerSpec {

  /** A new layer as described, whose variables have names and first values from the scope. */
  Layer init(Scope scope);
}
