package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.layer.Scope;
import java.util.function.BiFunction;

/** The self-supervised methods that can be chosen by name. */
enum MethodKind {
  SIMCLR("contrast of two views against all other images (Chen et al., 2020)", SimClr::on);

  private final String description;
  private final BiFunction<Integer, Scope, SslMethod> maker;

  MethodKind(String description, BiFunction<Integer, Scope, SslMethod> maker) {
    this.description = description;
    this.maker = maker;
  }

  /** One line: what it does, and the source. */
  String description() {
    return description;
  }

  /** The method with new heads for an encoder's features. */
  SslMethod on(int features, Scope scope) {
    return maker.apply(features, scope);
  }
}
