package io.github.bilevel4j.examples.fuzz;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.io.BaseEncoding;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.sun.management.OperatingSystemMXBean;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.file.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Good files with random damage for every reader. Right is a value, or a {@link UsageError} that
 * names the file, within two seconds of the processor's time and five seconds in all, within three
 * times the size of the files and 64 MB of memory, and without a file made beside them.
 */
public final class Readers implements Target {
  private static final long LONGEST_NANOS = 2_000_000_000L;
  private static final long LONGEST_WAIT_NANOS = 5_000_000_000L;
  private static final long MEMORY_FACTOR = 3;
  private static final long MEMORY_MORE = 64L << 20;
  private static final String FILES = "files";
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final ImmutableList<FileReader> readers;

  private Readers(ImmutableList<FileReader> readers) {
    this.readers = readers;
  }

  /** All readers. */
  public static Readers all() {
    return new Readers(
        ImmutableList.<FileReader>builder()
            .add(FileKind.values())
            .add(WeightsKind.values())
            .add(DownloadKind.values())
            .build());
  }

  /** Some readers. */
  static Readers of(FileReader... readers) {
    return new Readers(ImmutableList.copyOf(readers));
  }

  /** These and others. */
  Readers and(FileReader... others) {
    return new Readers(ImmutableList.<FileReader>builder().addAll(readers).add(others).build());
  }

  /** A case; what the reader chooses comes after what the files are. */
  private record Case(
      FileReader reader, Map<String, byte[]> files, boolean isDamaged, Chance chance) {
    String name() {
      return Ascii.toLowerCase(reader.name()).replace('_', ' ');
    }

    long size() {
      return files.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    String text() {
      StringBuilder text = new StringBuilder(reader.name());
      new TreeMap<>(files)
          .forEach(
              (name, bytes) -> {
                String hex = BaseEncoding.base16().lowerCase().encode(bytes);
                text.append("\n  ").append(name).append(", ").append(bytes.length);
                text.append(" bytes: ").append(Ascii.truncate(hex, 600, "..."));
              });
      return text.toString();
    }
  }

  private Case made(long seed) {
    Chance chance = new Chance(seed);
    FileReader reader = chance.pick(readers);
    try {
      Map<String, byte[]> files = new LinkedHashMap<>(reader.files(chance));
      boolean isDamaged = chance.happens(0.95);
      Damage damage = new Damage(chance);
      if (isDamaged) {
        String victim = chance.pick(files.keySet().stream().sorted().toList());
        if (chance.happens(0.03)) {
          files.remove(victim);
        } else {
          files.replace(victim, damage.to(files.get(victim)));
        }
      }
      return new Case(reader, files, isDamaged, chance);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String text(long seed) {
    return made(seed).text();
  }

  @Override
  public List<Outcome> run(List<Long> seeds) {
    return seeds.stream().map(this::run).toList();
  }

  private Outcome run(long seed) {
    Case each = made(seed);
    try {
      Path top = Files.createTempDirectory("fuzz");
      try {
        Path folder = Files.createDirectory(top.resolve(FILES));
        for (Map.Entry<String, byte[]> file : each.files.entrySet()) {
          Path path = folder.resolve(file.getKey());
          Files.createDirectories(path.getParent());
          WholeFile.write(path, file.getValue());
        }
        Outcome outcome = read(seed, each, folder);
        ImmutableList<String> beside = names(top);
        return beside.equals(ImmutableList.of(FILES))
            ? outcome
            : Outcome.finding(seed, "files beside " + each.name(), each.text() + "\n" + beside);
      } finally {
        MoreFiles.deleteRecursively(top, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names in a folder. */
  static ImmutableList<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .sorted()
          .collect(ImmutableList.toImmutableList());
    }
  }

  private static Outcome read(long seed, Case each, Path folder) {
    String name = each.name();
    Used memory = new Used();
    long begin = System.nanoTime();
    long start = SYSTEM.getProcessCpuTime();
    Outcome outcome;
    try {
      each.reader.read(folder, each.chance);
      outcome = Outcome.value(seed, name);
    } catch (UsageError e) {
      outcome = refused(seed, each, name, folder, e.getMessage());
    } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
      outcome = Outcome.failed(seed, e, each.text());
    }
    long time = SYSTEM.getProcessCpuTime() - start;
    long wait = System.nanoTime() - begin;
    long used = memory.more();
    if (time > LONGEST_NANOS || wait > LONGEST_WAIT_NANOS) {
      return Outcome.finding(
          seed,
          "slow " + name,
          "%s%n%d ms, of the processor %d"
              .formatted(each.text(), wait / 1_000_000, time / 1_000_000));
    } else if (used > MEMORY_FACTOR * each.size() + MEMORY_MORE) {
      return Outcome.finding(
          seed, "memory of " + name, each.text() + "\n" + used + " bytes of memory");
    }
    return outcome;
  }

  /** How much more memory is used than at its making, with what is no longer needed. */
  private static final class Used {
    private static final ImmutableList<MemoryPoolMXBean> POOLS =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .collect(ImmutableList.toImmutableList());

    private final long before;

    Used() {
      POOLS.forEach(MemoryPoolMXBean::resetPeakUsage);
      before = most();
    }

    private static long most() {
      return POOLS.stream().mapToLong(pool -> pool.getPeakUsage().getUsed()).sum();
    }

    long more() {
      return most() - before;
    }
  }

  private static Outcome refused(long seed, Case each, String name, Path folder, String message) {
    if (!each.isDamaged && each.reader.isAlwaysGood()) {
      return Outcome.finding(seed, "good file refused: " + name, each.text() + "\n" + message);
    }
    boolean isInForm =
        message.matches("(?s)[^:\n]+: [^\n]+\\.(\n.*)?")
            && message.contains(folder.toString())
            && !message.contains("Exception");
    return isInForm
        ? Outcome.refused(seed, name)
        : Outcome.finding(seed, "message of " + name, each.text() + "\n" + message);
  }
}
