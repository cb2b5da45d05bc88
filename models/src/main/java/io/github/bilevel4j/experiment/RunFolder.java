package io.github.bilevel4j.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.FolderLock;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.EventFile;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.MetricsListener;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder of a run: configuration, metrics, summary, curves, weights. One program at a time has
 * it, by a {@link FolderLock}; if it is deleted meanwhile it is made again.
 */
public final class RunFolder implements AutoCloseable {
  /** The command and its settings. */
  public static final String CONFIG = "config.json";

  /** What the configuration calls the arguments of the command. */
  public static final String ARGUMENTS = "arguments";

  /** The measurements. */
  public static final String METRICS = "metrics.csv";

  /** What TensorBoard reads. */
  public static final String EVENTS = "tensorboard/" + EventFile.NAME;

  static final String SUMMARY = "summary.json";
  static final String INTERRUPTED = "interrupted";
  static final String FAILED = "failed";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private static final String COMMAND = "command";
  private static final String FOLDER = "output folder";
  private static final ImmutableSet<String> OF_START = ImmutableSet.of(CONFIG, FolderLock.NAME);

  private final Path path;
  private final Map<String, String> texts = new LinkedHashMap<>();

  /** Empty in a process that reads alone. */
  private Optional<FolderLock> lock;

  /** Whether the texts are there, also after the folder had to be made again. */
  private boolean isWhole = true;

  private RunFolder(Path path, Optional<FolderLock> lock) {
    this.path = path;
    this.lock = lock;
  }

  private static RunFolder locked(Path path) {
    return new RunFolder(path, Optional.of(FolderLock.of(path)));
  }

  /**
   * The folder of a run that several processes make together, in one that reads alone: what it is
   * told to write is not written. The folder need not be there.
   */
  public static RunFolder following(Path path) {
    return new RunFolder(path, Optional.empty());
  }

  /** Whether this process has the folder to write in. */
  public boolean isOwned() {
    return lock.isPresent();
  }

  /**
   * Makes a new folder, by default, for null, {@code runs/COMMAND-DATE-TIME}.
   *
   * @throws IllegalArgumentException if it exists or cannot be made
   * @throws WriteException if nothing can be written there
   */
  public static RunFolder create(String requested, String command) {
    Path path = requested == null ? unused(command) : Path.of(requested);
    make(path);
    return locked(path);
  }

  private static void make(Path path) {
    try {
      if (!Files.exists(path)) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.createDirectory(path);
        return;
      }
    } catch (FileAlreadyExistsException | AccessDeniedException e) {
      throw UsageError.in(FOLDER)
          .because("%s cannot be made", path)
          .maybe("a place that may be written to was meant.");
    } catch (IOException e) {
      throw new WriteException(path, e);
    }
    throw UsageError.in(FOLDER)
        .because("%s exists", path)
        .maybe("another folder was meant; runs are never written over.");
  }

  /**
   * Makes a folder whose {@code config.json} holds a command and its settings, or opens the one
   * that is there. What a killed program left unfinished there is removed.
   *
   * @param more what the configuration also has, and may be different
   * @throws IllegalArgumentException if it was made by another command or with other settings, is
   *     something else, is in use, or cannot be made
   * @throws WriteException if nothing can be written there
   */
  public static RunFolder toContinue(
      Path path, String command, Map<String, String> settings, Map<String, ?> more) {
    if (!Files.exists(path)) {
      make(path);
    }
    if (!Files.isDirectory(path)) {
      throw unreadable(path);
    }
    if (!Files.exists(path.resolve(CONFIG)) && hasResults(path)) {
      throw noConfig(path);
    }
    RunFolder folder = locked(path);
    try {
      folder.configure(command, settings, more);
      WholeFile.removeLeftovers(path);
      return folder;
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /**
   * Opens the folder of a run that is to go on. What a killed program left unfinished there is
   * removed.
   *
   * @throws IllegalArgumentException if there is no folder of a run, or it is in use
   * @throws WriteException if nothing can be written there
   */
  public static RunFolder open(Path path) {
    if (!Files.isDirectory(path)) {
      throw UsageError.in(FOLDER)
          .because("there is no folder %s", path)
          .maybe("the path is misspelt, or starts from another folder.");
    }
    if (!Files.isRegularFile(path.resolve(CONFIG))) {
      throw noConfig(path);
    }
    RunFolder folder = locked(path);
    try {
      folder.texts.put(CONFIG, json(folder.config()));
      WholeFile.removeLeftovers(path);
      return folder;
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /**
   * What {@code config.json} holds.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public Map<String, Object> config() {
    return readConfig().orElseThrow(() -> noConfig(path));
  }

  /** A configuration that cannot be read was cut at its creation, before there were results. */
  private void configure(String command, Map<String, String> settings, Map<String, ?> more) {
    Optional<Map<String, Object>> config = readConfig();
    if (config.isEmpty() && !hasResults(path)) {
      Map<String, Object> written = new LinkedHashMap<>(Map.of(COMMAND, command));
      written.putAll(settings);
      written.putAll(more);
      writeJson(CONFIG, written);
      return;
    }
    Map<String, Object> made = config.orElseThrow(() -> noConfig(path));
    if (!command.equals(made.get(COMMAND))) {
      throw UsageError.in(FOLDER)
          .because("%s is not of the command %s", path, command)
          .maybe("another folder was meant.");
    }
    for (String name : settings.keySet()) {
      if (!settings.get(name).equals(made.get(name))) {
        throw UsageError.in(FOLDER)
            .because("%s was made with other settings", path)
            .value(name + " there", made.get(name))
            .value(name + " here", settings.get(name))
            .maybe("another folder was meant.");
      }
    }
    texts.put(CONFIG, json(made));
  }

  private static UsageError noConfig(Path path) {
    return UsageError.in(FOLDER)
        .because("%s holds no readable %s", path, CONFIG)
        .maybe("another folder was meant: this one is not of such a run.");
  }

  /** Whether there are files besides those of a start that came to nothing. */
  private static boolean hasResults(Path path) {
    try (Stream<Path> files = Files.list(path)) {
      return files.anyMatch(RunFolder::isResult);
    } catch (IOException e) {
      throw unreadable(path);
    }
  }

  private static boolean isResult(Path file) {
    return !OF_START.contains(file.getFileName().toString())
        && !WholeFile.isUnfinished(file)
        && (Files.isDirectory(file) || file.toFile().length() > 0);
  }

  private static UsageError unreadable(Path path) {
    return UsageError.in(FOLDER)
        .because("%s cannot be read", path)
        .maybe("it is a file, or another folder was meant.");
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

  /** Where the checkpoints are. */
  public Path checkpoints() {
    return file("checkpoints");
  }

  /**
   * Begins {@code metrics.csv}, or goes on with it.
   *
   * @param position where the first line to come begins; what is beyond is dropped. Zero for a new
   *     file
   * @param failures hears of lines that cannot be written
   */
  public MetricsFile metrics(long position, FailedWrites failures) {
    if (!isOwned()) {
      return MetricsFile.nowhere(file(METRICS), failures);
    }
    return position == 0
        ? MetricsFile.create(file(METRICS), failures)
        : MetricsFile.resume(file(METRICS), position, failures);
  }

  /**
   * Begins the events that TensorBoard reads, or goes on with them.
   *
   * @param position as in {@link #metrics}
   * @param failures hears of events that cannot be written
   */
  public EventFile events(long position, FailedWrites failures) {
    Path file = file(EVENTS);
    try {
      Files.createDirectories(file.getParent());
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
    return position == 0
        ? EventFile.create(file, failures)
        : EventFile.resume(file, position, failures);
  }

  /**
   * Tells of what {@code metrics.csv} has of a phase, if phases go on from a checkpoint.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public void replay(Phases phases, String phase, MetricsListener listener) {
    if (phases.isResumed()) {
      RecordedMetrics.read(
          file(METRICS),
          (name, step, measurements) -> {
            if (name.equals(phase)) {
              listener.measured(step, measurements);
            }
          });
    }
  }

  /**
   * Writes {@code summary.json}, the last file of a run.
   *
   * @param interrupted whether it is to go on
   * @throws WriteException if it cannot be written
   */
  public void writeSummary(Map<String, ?> results, boolean interrupted) {
    Map<String, Object> summary = new LinkedHashMap<>(results);
    summary.put(INTERRUPTED, interrupted);
    writeJson(SUMMARY, summary);
  }

  /** Whether a run has ended in its folder, neither interrupted nor with an error. */
  public static boolean isFinished(Path path) {
    return summary(path).isPresent();
  }

  /**
   * The results of a run that has ended in its folder, neither interrupted nor with an error; empty
   * if there is none.
   */
  public static Optional<Map<String, Object>> summary(Path path) {
    return readIn(path, SUMMARY)
        .filter(summary -> Boolean.FALSE.equals(summary.get(INTERRUPTED)))
        .filter(summary -> !summary.containsKey(FAILED));
  }

  /** The configuration of a run in a folder; empty if there is none. */
  public static Optional<Map<String, Object>> config(Path path) {
    return readIn(path, CONFIG);
  }

  private static Optional<Map<String, Object>> readIn(Path path, String name) {
    Path file = path.resolve(name);
    return Files.exists(file) ? read(file) : Optional.empty();
  }

  private Optional<Map<String, Object>> readConfig() {
    return read(file(CONFIG));
  }

  private static Optional<Map<String, Object>> read(Path file) {
    if (Files.exists(file) && !Files.isReadable(file)) {
      throw unreadable(file);
    }
    try {
      return Optional.ofNullable(
          JSON.readValue(file.toFile(), new TypeReference<Map<String, Object>>() {}));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Writes an object of names and values.
   *
   * @throws WriteException if it cannot be written
   */
  public void writeJson(String name, Map<String, ?> content) {
    writeText(name, json(content));
  }

  private static String json(Map<String, ?> content) {
    try {
      return JSON.writeValueAsString(ImmutableMap.copyOf(content));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * Writes text to a file, in place of what is there.
   *
   * @throws WriteException if it cannot be written
   */
  public void writeText(String name, String text) {
    if (!isOwned()) {
      return;
    }
    ensureThere();
    texts.put(name, text);
    WholeFile.write(file(name), text);
  }

  /**
   * Makes the folder again, with its configuration and other texts, if it was deleted.
   *
   * @throws WriteException if it cannot be made, or another run has one of its name
   */
  public void ensureThere() {
    if (!isOwned() || (lock.get().isInPlace() && isWhole)) {
      return;
    }
    try {
      if (!lock.get().isInPlace()) {
        isWhole = false;
        Files.createDirectories(path);
        lock.get().close();
        lock = Optional.of(FolderLock.of(path));
      }
    } catch (IOException e) {
      throw new WriteException(path, e);
    } catch (UsageError e) {
      throw new WriteException(path, new IOException("another run has a folder of this name"));
    }
    texts.forEach((name, text) -> WholeFile.write(file(name), text));
    isWhole = true;
  }

  /** Lets others write in the folder. */
  @Override
  public void close() {
    lock.ifPresent(FolderLock::close);
  }
}
