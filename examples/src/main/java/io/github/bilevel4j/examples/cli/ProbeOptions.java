package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.ProbeProtocol;
import picocli.CommandLine.Option;

/** Which linear classifier is trained on frozen features. */
final class ProbeOptions {
  @Option(
      names = "--protocol",
      paramLabel = "NAME",
      description =
          "of the linear probe: converged (the minimum, found by Newton's method), or the"
              + " optimizer, rates and epochs of paper (UMM's), htdt (W-MSE's), solo (solo-learn's,"
              + " the rate chosen on a tenth held out), lightly, moco, sdclr or sdclr-few (default:"
              + " ${DEFAULT-VALUE})")
  ProbeProtocol protocol = ProbeProtocol.CONVERGED;

  /** The probe; its draws follow from the seed. */
  LinearProbe probe(long seed) {
    return protocol.probe().seed(seed);
  }
}
