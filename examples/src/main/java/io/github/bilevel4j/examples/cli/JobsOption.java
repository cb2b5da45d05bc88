package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.examples.study.Setting;
import io.github.bilevel4j.examples.study.StudyFolder;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** How many runs are made at a time. */
final class JobsOption {
  private static final String NAME = "--jobs";

  /** What a run may need with Java's heap, libraries and data. */
  private static final long BYTES_EACH = 2L << 30;

  @Option(
      names = NAME,
      paramLabel = "N",
      description =
          "runs at a time, in processes of their own (default: as many as there are processors and"
              + " memory for where --deterministic sets the threads of each, else 1)")
  private Integer jobs;

  /**
   * Runs commands, so many at a time.
   *
   * @param settings what all of them are told
   */
  StudyFolder.Program program(List<Setting> settings) {
    int count = count(settings);
    return count == 1 ? CommandOptions.program() : new CommandProcesses(count);
  }

  /** How many at a time. */
  int count(List<Setting> settings) {
    if (jobs != null) {
      Require.in(NAME).atLeast(1, "value", jobs);
      return jobs;
    }
    OptionalInt threads = number(settings, "--deterministic");
    if (threads.isEmpty() || isOnAnotherDevice(settings)) {
      return 1;
    }
    long replicas = number(settings, "--replicas").orElse(1);
    long ofProcessors =
        Runtime.getRuntime().availableProcessors() / (replicas * threads.getAsInt());
    return (int) Math.max(1, Math.min(ofProcessors, memory() / (replicas * BYTES_EACH)));
  }

  private static OptionalInt number(List<Setting> settings, String name) {
    return value(settings, name).stream()
        .filter(text -> text.matches("[1-9]\\d{0,5}"))
        .mapToInt(Integer::parseInt)
        .findFirst();
  }

  private static boolean isOnAnotherDevice(List<Setting> settings) {
    return value(settings, "--device").filter(device -> !device.equals("cpu")).isPresent();
  }

  private static Optional<String> value(List<Setting> settings, String name) {
    return settings.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .flatMap(Setting::value);
  }

  private static long memory() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }
}
