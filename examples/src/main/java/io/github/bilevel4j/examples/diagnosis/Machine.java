package io.github.bilevel4j.examples.diagnosis;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.file.FreeSpace;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The machine that the program runs on, in words. */
public final class Machine {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
  private static final String NATIVES = "/org/tensorflow/internal/c_api/";
  private static final ImmutableList<String> PLATFORMS =
      ImmutableList.of("linux-x86_64-gpu", "linux-x86_64", "linux-arm64", "macosx-arm64");
  private static final Path STATUS = Path.of("/proc/self/status");

  private Machine() {}

  /** Number and model of the processor's cores, for instance {@code 2 x AMD EPYC}. */
  public static String processor() {
    return Runtime.getRuntime().availableProcessors() + " x " + model();
  }

  /** Operating system and architecture. */
  public static String system() {
    return String.join(
        " ",
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("os.arch"));
  }

  /** The version of the virtual machine. */
  public static String java() {
    return Runtime.version() + " (" + System.getProperty("java.vm.name") + ")";
  }

  /** The version of TensorFlow and the platform of its natives. */
  public static String tensorFlow() {
    return TensorFlowEngine.version() + ", natives " + natives();
  }

  /** The platforms of TensorFlow's natives on the class path, or {@code none}. */
  public static String natives() {
    String found = PLATFORMS.stream().filter(Machine::hasNatives).collect(Collectors.joining(", "));
    return found.isEmpty() ? "none" : found;
  }

  /** Whether the natives can use a GPU. */
  static boolean hasGpuNatives() {
    return hasNatives(PLATFORMS.get(0));
  }

  private static boolean hasNatives(String platform) {
    return Stream.of("libjnitensorflow.so", "libjnitensorflow.dylib")
        .anyMatch(file -> Machine.class.getResource(NATIVES + platform + "/" + file) != null);
  }

  /** Whether the code that is missing is TensorFlow's. */
  public static boolean concernsNatives(LinkageError missing) {
    return Stream.iterate((Throwable) missing, e -> e != null, Throwable::getCause)
        .anyMatch(
            e -> e instanceof UnsatisfiedLinkError || e.toString().contains("org.tensorflow"));
  }

  /** Why TensorFlow cannot be loaded, in one line: its natives are unpacked into a folder first. */
  public static String whyNoNatives(LinkageError missing) {
    Throwable first = Throwables.getRootCause(missing);
    Path cache =
        Path.of(
            System.getProperty(
                "org.bytedeco.javacpp.cachedir",
                Path.of(System.getProperty("user.home"), ".javacpp", "cache").toString()));
    return String.format(
        Locale.ROOT,
        "TensorFlow's natives do not load: %s.  natives %s  unpacked in %s (%s)  Maybe the"
            + " disk is full: BILEVEL4J_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=DIR names another"
            + " folder for 700 MB.",
        String.valueOf(first.getMessage()).lines().findFirst().orElse(""),
        natives(),
        cache,
        FreeSpace.near(cache.resolve("natives")));
  }

  /** All of it in one line. */
  public static String description() {
    return processor()
        + ", "
        + system()
        + ", Java "
        + Runtime.version().feature()
        + ", TensorFlow "
        + tensorFlow();
  }

  /** The most memory that this process ever had, natives included; unknown outside Linux. */
  public static String peakMemory() {
    return entry(STATUS, "VmHWM").orElse("unknown");
  }

  /** The system's load average over the last minute. */
  public static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static String model() {
    return entry(CPU_INFO, "model name").orElse(System.getProperty("os.arch"));
  }

  /** The value of the first line "name : value" of a file. */
  private static Optional<String> entry(Path file, String name) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
