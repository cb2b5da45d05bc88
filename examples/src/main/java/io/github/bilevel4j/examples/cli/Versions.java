package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import picocli.CommandLine;

/** What {@code --version} prints. */
final class Versions implements CommandLine.IVersionProvider {
  /** The library's version; a development version when it does not run from a jar. */
  static String bilevel4j() {
    String version = Versions.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "bilevel4j " + bilevel4j(),
      "TensorFlow " + TensorFlowEngine.version(),
      "Java " + Runtime.version()
    };
  }
}
