package io.github.bilevel4j.ssl;

/** A method whose loss compares directions: heads' outputs are divided by their lengths first. */
public interface CosineMethod extends SslMethod {

  @Override
  default boolean hasUnitOutputs() {
    return true;
  }
}
