package io.github.bilevel4j.examples.cli;

import com.google.common.primitives.Doubles;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.ProbeProtocol;
import java.util.List;
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

  @Option(
      names = "--choose-rate",
      split = ",",
      paramLabel = "RATE",
      description =
          "some first rates, for instance 1,0.1,0.01: for each layer takes that which is best on a"
              + " tenth of the train part held out, in place of the protocol's; with converged,"
              + " weight decays")
  private List<Double> rates = List.of();

  /** The probe; its draws follow from the seed. */
  LinearProbe probe(long seed) {
    LinearProbe probe = protocol.probe().seed(seed);
    return rates.isEmpty() ? probe : probe.choosing(Doubles.toArray(rates));
  }

  /**
   * Checks the rates.
   *
   * @throws io.github.bilevel4j.check.UsageError if one is not positive
   */
  void check() {
    rates.forEach(rate -> Require.in("--choose-rate").positive("value", rate));
  }
}
