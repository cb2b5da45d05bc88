package io.github.bilevel4j.layer;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.List;

/**
 * A part of a network: a pure function {@code (parameters, x, pass) -> y}, and variables that hold
 * its parameters and running statistics. Layers are immutable.
 *
 * <p>Parameters are found by key, so one vector may hold those of several layers. It may also have
 * components for running statistics: then those are read and updated instead of the layer's own,
 * which gives a second network its own statistics.
 */
public interface Layer {

  /** The trainable variables. */
  Variables parameters();

  /** The running statistics: variables that change while training but are not trained. */
  Variables state();

  /**
   * The output for an input at given parameter values.
   *
   * @throws IllegalArgumentException if a parameter has no value or the input's shape does not fit
   */
  Expr apply(Vector parameters, Expr x, Pass pass);

  /** The parameter values that it computes with: its variables, or those given to {@link #with}. */
  default Vector vector() {
    return parameters().vector();
  }

  /** The output for an input at {@link #vector()}. */
  default Expr apply(Expr x, Pass pass) {
    return apply(vector(), x, pass);
  }

  /**
   * The same function at other parameter values. Its {@link #parameters()} still are the variables
   * of this layer, as keys and shapes.
   *
   * @throws IllegalArgumentException if a parameter has no value or one of another shape
   */
  default Layer with(Vector values) {
    return BoundLayer.of(this, values);
  }

  /** This layer, then another one. */
  default Layer then(Layer next) {
    return Chain.of(List.of(this, next));
  }

  /** The layers one after another that it is made of: itself alone unless it is a chain. */
  default ImmutableList<Layer> parts() {
    return ImmutableList.of(this);
  }

  /** Parameters and running statistics together: all that weights on disk must hold. */
  default Variables variables() {
    return parameters().and(state());
  }

  /** The function that a layer computes. */
  @FunctionalInterface
  interface Rule {

    /** As {@link Layer#apply(Vector, Expr, Pass)}. */
    Expr apply(Vector parameters, Expr x, Pass pass);
  }

  /** A layer of a rule of one's own. */
  static Layer of(Variables parameters, Rule rule) {
    return of(parameters, Variables.none(), rule);
  }

  /** A layer of a rule of one's own, with running statistics. */
  static Layer of(Variables parameters, Variables state, Rule rule) {
    return new FunctionLayer(parameters, state, rule);
  }
}
