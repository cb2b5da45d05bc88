package io.github.bilevel4j.examples.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Variables;

/** A method whose targets come from a moving average of the network. */
public interface TargetedMethod extends SslMethod {

  /** The network that gives targets. */
  TargetNetwork target();

  @Override
  default Variables averages() {
    return target().variables();
  }

  @Override
  default ImmutableList<Update> reset() {
    return target().average().reset();
  }
}
