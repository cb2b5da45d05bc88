package io.github.bilevel4j.examples.cli;

import picocli.CommandLine.Option;

/** What a file of another program does not tell by itself. */
final class ForeignOptions {
  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description =
          "what the names of the encoder's arrays begin with in a file of another program (default:"
              + " found by itself)")
  String prefix;

  @Option(
      names = "--normalized-by",
      paramLabel = "imagenet|cifar10|half",
      description =
          "how pictures are normalized (default: as the file of weights tells; for those of another"
              + " program imagenet for the stem of 7 x 7 pixels, cifar10 for that of 3 x 3)")
  NormalizedBy normalizedBy;
}
