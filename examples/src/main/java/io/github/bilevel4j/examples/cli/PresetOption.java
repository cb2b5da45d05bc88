package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.ssl.Preset;
import picocli.CommandLine.Option;

/** Where a method's settings come from. */
final class PresetOption {
  @Option(
      names = "--preset",
      defaultValue = "quick",
      description =
          "settings of heads, views and optimizer: quick, or published ones, solo or htdt, see list"
              + " (default: ${DEFAULT-VALUE})")
  Preset preset;
}
