package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Java program of its own: with another locale, or less memory. */
final class OtherMachine {
  private OtherMachine() {}

  /**
   * Runs a program with the tests' class path.
   *
   * @return what it printed, errors included
   */
  static String run(
      Class<?> program, Path folder, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ImmutableList.of("-Xmx64m", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("output", ".txt");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().remove("LC_ALL");
      builder.environment().putAll(environment);
      builder.start().waitFor();
      return Files.readString(output);
    } finally {
      Files.delete(output);
    }
  }

  /** Where such a program prints, whatever the locale. */
  static PrintStream out() {
    return new PrintStream(System.out, true, UTF_8);
  }
}
