package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.study.SweepTable;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.file.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Joins what shards of a sweep have measured. */
@Command(
    name = "merge",
    description =
        "Joins the tables of a sweep's shards, each cell once, and tells which cells are missing. A"
            + " cell that two of them have with different results is an error.")
final class SweepMergeCommand extends PrintingCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "folders of shards, or those that hold them")
  private List<Path> folders;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "the table (default: merged.csv in the first folder)")
  private Path out;

  @Override
  public Integer call() {
    ImmutableList<Path> parts =
        folders.stream().flatMap(SweepMergeCommand::parts).collect(ImmutableList.toImmutableList());
    requireSameSweep(parts);
    SweepTable merged = new SweepTable();
    Set<String> missing = new LinkedHashSet<>();
    for (Path part : parts) {
      missing.addAll(cells(part));
      if (Files.exists(part.resolve(SweepTable.FILE))) {
        merged.addAll(SweepTable.read(part.resolve(SweepTable.FILE)), part.toString());
      }
    }
    int all = missing.size();
    missing.removeAll(merged.cells());
    Path file = out == null ? folders.get(0).resolve("merged.csv") : out;
    WholeFile.write(file, merged.toString());
    print("%d of %d cells of %d folders in %s", merged.cells().size(), all, parts.size(), file);
    if (isTable(parts.get(0))) {
      MethodTable table = new MethodTable(merged);
      WholeFile.write(file.resolveSibling(MethodTable.TEXT), table + "\n");
      WholeFile.write(file.resolveSibling(MethodTable.FILE), table.csv());
      print(table);
    }
    missing.forEach(cell -> print("missing: " + cell));
    return missing.isEmpty() ? 0 : 1;
  }

  private static Stream<Path> parts(Path folder) {
    List<Path> found = new ArrayList<>();
    if (config(folder).isPresent()) {
      found.add(folder);
    } else if (Files.isDirectory(folder)) {
      try (Stream<Path> within = Files.list(folder)) {
        within.filter(each -> config(each).isPresent()).sorted().forEach(found::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (found.isEmpty()) {
      throw UsageError.in("sweep merge")
          .because("%s is no folder of a sweep, nor one that holds some", folder)
          .maybe("what sweep --out was told was meant.");
    }
    return found.stream();
  }

  /** Of a sweep or table; empty if a folder is of something else. */
  private static Optional<Map<String, Object>> config(Path folder) {
    return RunFolder.config(folder)
        .filter(config -> List.of("sweep", TableCommand.NAME).contains(config.get("command")));
  }

  private static boolean isTable(Path folder) {
    return config(folder).orElseThrow().get("command").equals(TableCommand.NAME);
  }

  private static void requireSameSweep(List<Path> parts) {
    for (String name : List.of("command", "each", "over")) {
      Object first = config(parts.get(0)).orElseThrow().get(name);
      for (Path part : parts) {
        Object other = config(part).orElseThrow().get(name);
        if (!first.equals(other)) {
          throw UsageError.in("sweep merge")
              .because("%s and %s are of different sweeps", parts.get(0), part)
              .value(name + " there", first)
              .value(name + " here", other)
              .error();
        }
      }
    }
  }

  private static List<String> cells(Path part) {
    try {
      Path file = part.resolve(SweepRun.CELLS);
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
