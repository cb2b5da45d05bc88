package io.github.bilevel4j.examples.study;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.file.FolderLock;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The cells of a study in its folder. A cell that has ended is not run again, one that was
 * interrupted goes on, and one that fails leaves those alone that do not need it.
 */
public final class StudyFolder {
  private static final int INTERRUPTED = 130;

  private final Path path;
  private final Program program;
  private final Consumer<String> told;
  private final Map<Cell, CellResult> results = new HashMap<>();
  private final List<String> failures = new ArrayList<>();

  /**
   * @param path the folder
   * @param program runs the cells
   * @param told hears what becomes of each, in lines
   */
  public StudyFolder(Path path, Program program, Consumer<String> told) {
    this.path = path;
    this.program = program;
    this.told = told;
  }

  /** The command line. */
  public interface Program {
    /** Runs a command and returns its status. */
    int run(PrintWriter out, PrintWriter err, String... arguments);

    /** Whether a command's runs go on; others are made again. */
    boolean isResumable(String command);

    /** How many commands it runs at a time, each in a thread of its own if there are several. */
    default int jobs() {
      return 1;
    }

    /** Asks those that run to end, which commands in the caller's thread find out themselves. */
    default void interrupt() {}
  }

  /** A file of the study. */
  Path file(String name) {
    return path.resolve(name);
  }

  /** Where a cell is. */
  public Path folder(Cell cell) {
    return path.resolve(cell.name());
  }

  /**
   * What a cell ended with, empty if it has not.
   *
   * @throws UsageError if its folder is that of a run with other options
   */
  public Optional<CellResult> result(Cell cell) {
    if (!results.containsKey(cell)) {
      requireSame(cell);
      CellResult.in(folder(cell)).ifPresent(result -> results.put(cell, result));
    }
    return Optional.ofNullable(results.get(cell));
  }

  /** Whatever is in the folder of a cell's name must be of this cell. */
  private void requireSame(Cell cell) {
    Optional<Map<String, Object>> config = RunFolder.config(folder(cell));
    if (config.isPresent() && config.get().get(RunFolder.ARGUMENTS) instanceof List<?> made) {
      List<String> given = cell.line(path);
      if (!ownPart(made).equals(ownPart(given))) {
        throw UsageError.in("study")
            .because("%s was made with other options", folder(cell))
            .value("there", String.join(" ", ownPart(made)))
            .value("here", String.join(" ", ownPart(given)))
            .maybe("another --out was meant.");
      }
    }
  }

  /** Without the paths, which follow from where the study is. */
  private static ImmutableList<String> ownPart(List<?> line) {
    ImmutableList.Builder<String> own = ImmutableList.builder();
    for (int i = 0; i < line.size(); i++) {
      String argument = line.get(i).toString();
      if (argument.equals("--out") || argument.equals("--weights")) {
        i++;
      } else {
        own.add(argument);
      }
    }
    return own.build();
  }

  /**
   * Runs all cells that have not ended, after those that they need.
   *
   * @param interrupted whether to begin no other one
   * @param finished is called after each
   */
  public void run(List<Cell> cells, BooleanSupplier interrupted, Runnable finished) {
    ImmutableSet<Cell> all = withNeeded(cells);
    List<Cell> missing = all.stream().filter(cell -> result(cell).isEmpty()).toList();
    if (missing.size() < all.size()) {
      told.accept((all.size() - missing.size()) + " of " + all.size() + " cells are there");
    }
    if (program.jobs() > 1 && missing.size() > 1) {
      told.accept(program.jobs() + " cells at a time, each with a log in " + path);
    }
    Stopwatch watch = Stopwatch.createStarted();
    try (CellQueue queue = new CellQueue(missing, program)) {
      while (true) {
        while (queue.hasRoom() && !interrupted.getAsBoolean()) {
          Optional<Cell> next = queue.next();
          if (next.isEmpty()) {
            break;
          }
          begin(queue, next.get());
        }
        Optional<CellQueue.End> end = queue.await(interrupted);
        if (end.isEmpty()) {
          return;
        }
        if (hasEndedWell(end.get(), interrupted)) {
          int left = queue.unfinished();
          double minutes = watch.elapsed(TimeUnit.SECONDS) / 60.0 / (missing.size() - left);
          told.accept(
              String.format(
                  Locale.ROOT,
                  "%s (%d of %d, about %.0f min left)",
                  end.get().cell().name(),
                  all.size() - left,
                  all.size(),
                  Math.ceil(minutes * left)));
          finished.run();
        }
      }
    }
  }

  /** The cells and those that they need, which come first. */
  public static ImmutableSet<Cell> withNeeded(List<Cell> cells) {
    return cells.stream()
        .flatMap(cell -> cell.withNeeded().stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  private void begin(CellQueue queue, Cell cell) {
    Optional<Cell> needed =
        cell.start().map(Cell.Start::cell).filter(other -> result(other).isEmpty());
    if (needed.isPresent()) {
      fail(cell, "it needs " + needed.get().name() + ", which has not ended");
      return;
    }
    try {
      queue.begin(cell, path.resolve(cell.name() + ".log"), arguments(cell));
    } catch (UsageError | WriteException failure) {
      fail(cell, oneLine(failure));
    }
  }

  /** One that ends otherwise while the program does goes on. */
  private boolean hasEndedWell(CellQueue.End end, BooleanSupplier interrupted) {
    if (end.failure().isPresent()) {
      fail(end.cell(), oneLine(end.failure().get()));
      return false;
    }
    if (result(end.cell()).isPresent()) {
      return true;
    }
    if (end.status() != INTERRUPTED && !interrupted.getAsBoolean()) {
      fail(end.cell(), end.reason());
    }
    return false;
  }

  private static String oneLine(Exception failure) {
    return failure.getMessage().replaceAll("\\s*\\R\\s*", "  ");
  }

  private String[] arguments(Cell cell) {
    Path folder = folder(cell);
    boolean isBegun = RunFolder.config(folder).isPresent();
    if (isBegun && program.isResumable(cell.command())) {
      return new String[] {"resume", folder.toString()};
    }
    if (isBegun) {
      delete(folder);
    } else if (Files.exists(folder)) {
      deleteBegun(folder);
    }
    return cell.line(path).toArray(String[]::new);
  }

  /** What a killed program left before it wrote its configuration holds nothing. */
  private static void deleteBegun(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> begun = files.toList();
      if (!begun.stream().allMatch(StudyFolder::isOfStart)) {
        throw UsageError.in("study")
            .because("%s is there and is not of a run", folder)
            .maybe("another --out was meant.");
      }
    } catch (IOException e) {
      throw new WriteException(folder, e);
    }
    delete(folder);
  }

  private static void delete(Path folder) {
    try {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new WriteException(folder, e);
    }
  }

  private static boolean isOfStart(Path file) {
    return file.endsWith(FolderLock.NAME) || WholeFile.isUnfinished(file);
  }

  private void fail(Cell cell, String reason) {
    failures.add(cell.name() + ": " + reason);
    told.accept("failed: " + cell.name() + ": " + reason);
  }

  /** A line for each cell that failed. */
  public ImmutableList<String> failures() {
    return ImmutableList.copyOf(failures);
  }
}
