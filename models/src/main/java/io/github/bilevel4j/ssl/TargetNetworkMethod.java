package io.github.bilevel4j.ssl;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Variables;

/** A method whose targets come from an exponential moving average of the network. */
public interface TargetNetworkMethod extends SslMethod {

  /** The network that gives targets. */
  TargetNetwork target();

  @Override
  default Variables emaParameters() {
    return target().variables();
  }

  @Override
  default ImmutableList<Update> reset() {
    return target().average().reset();
  }
}
