package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.layer.Scope;

/** The self-supervised methods that can be chosen by name. */
enum MethodKind {
  SIMCLR("contrast of two views against all other images (Chen et al., 2020)");

  private final String description;

  MethodKind(String description) {
    this.description = description;
  }

  /** One line: what it does, and the source. */
  String description() {
    return description;
  }

  /** The method with new heads for an encoder's features. */
  SslMethod on(int features, Scope scope) {
    return switch (this) {
      case SIMCLR -> SimClr.on(features, scope);
    };
  }
}
