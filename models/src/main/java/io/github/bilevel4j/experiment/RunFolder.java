package io.github.bilevel4j.experiment;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.run.MetricsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** The folder of a run: configuration, metrics, summary, curves, weights. */
public final class RunFolder {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private static final String CONFIG = "config.json";
  private static final String COMMAND = "command";

  private final Path path;

  private RunFolder(Path path) {
    this.path = path;
  }

  /**
   * Makes a new folder, by default, for null, {@code runs/COMMAND-DATE-TIME}.
   *
   * @throws IllegalArgumentException if it exists or cannot be made
   */
  public static RunFolder create(String requested, String command) {
    Path path = requested == null ? unused(command) : Path.of(requested);
    if (Files.exists(path)) {
      throw UsageError.in("output folder")
          .because("%s exists", path)
          .maybe("another folder was meant; runs are never written over.");
    }
    try {
      return new RunFolder(Files.createDirectories(path));
    } catch (IOException e) {
      throw UsageError.in("output folder")
          .because("%s cannot be made", path)
          .maybe("a place that may be written to was meant.");
    }
  }

  /**
   * Makes a folder whose {@code config.json} holds a command and its settings, or opens the one
   * that is there.
   *
   * @throws IllegalArgumentException if it was made by another command or with other settings, is
   *     something else, or cannot be made
   */
  public static RunFolder toContinue(Path path, String command, Map<String, String> settings) {
    if (!Files.exists(path)) {
      create(path.toString(), command);
    }
    RunFolder folder = new RunFolder(path);
    if (folder.isEmpty()) {
      Map<String, String> config = new LinkedHashMap<>(Map.of(COMMAND, command));
      config.putAll(settings);
      folder.writeJson(CONFIG, config);
    }
    Map<String, String> made = folder.readJson(CONFIG);
    if (!command.equals(made.get(COMMAND))) {
      throw UsageError.in("output folder")
          .because("%s is not of the command %s", path, command)
          .maybe("another folder was meant.");
    }
    for (String name : settings.keySet()) {
      if (!settings.get(name).equals(made.get(name))) {
        throw UsageError.in("output folder")
            .because("%s was made with other settings", path)
            .value(name + " there", made.get(name))
            .value(name + " here", settings.get(name))
            .maybe("another folder was meant.");
      }
    }
    return folder;
  }

  private boolean isEmpty() {
    try (Stream<Path> files = Files.list(path)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      throw UsageError.in("output folder")
          .because("%s cannot be read", path)
          .maybe("it is a file, or another folder was meant.");
    }
  }

  private static Path unused(String command) {
    String stamp =
        DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
            .format(LocalDateTime.now(ZoneId.systemDefault()));
    Path path = Path.of("runs", command + "-" + stamp);
    for (int i = 2; Files.exists(path); i++) {
      path = Path.of("runs", command + "-" + stamp + "-" + i);
    }
    return path;
  }

  /** Where the folder is. */
  public Path path() {
    return path;
  }

  /** A file in the folder. */
  public Path file(String name) {
    return path.resolve(name);
  }

  /** Begins {@code metrics.csv}. */
  public MetricsFile metrics() {
    return MetricsFile.create(file("metrics.csv"));
  }

  private Map<String, String> readJson(String name) {
    try {
      return JSON.readValue(file(name).toFile(), new TypeReference<Map<String, String>>() {});
    } catch (IOException e) {
      throw UsageError.in("output folder")
          .because("%s holds no readable %s", path, name)
          .maybe("another folder was meant: this one is not of such a run.");
    }
  }

  /** Writes an object of names and values. */
  public void writeJson(String name, Map<String, ?> content) {
    try {
      JSON.writeValue(file(name).toFile(), ImmutableMap.copyOf(content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes text to a file, in place of what is there. */
  public void writeText(String name, String text) {
    try {
      Files.writeString(file(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
