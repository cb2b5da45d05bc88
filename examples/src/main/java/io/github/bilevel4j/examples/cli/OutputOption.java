package io.github.bilevel4j.examples.cli;

import picocli.CommandLine.Option;

/** Where a run writes. */
final class OutputOption {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "new folder for the run (default: runs/COMMAND-DATE-TIME)")
  String folder;
}
