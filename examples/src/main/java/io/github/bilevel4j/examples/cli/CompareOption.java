package io.github.bilevel4j.examples.cli;

import picocli.CommandLine.Option;

/** Whether to compare estimators instead of solving the problem. */
final class CompareOption {
  @Option(
      names = "--compare",
      description =
          "instead of solving, compare all estimators (or those of --estimator) with the exact"
              + " hypergradient; --plot draws error against time")
  boolean chosen;
}
