package io.github.bilevel4j.backend;

import io.github.bilevel4j.check.UsageError;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to compute, as asked for: the processor, a GPU by its number, or the first GPU if there is
 * one and else the processor.
 */
public record Device(Kind kind, int number) {
  private static final Pattern GPU = Pattern.compile("gpu(?::(\\d{1,3}))?");

  /** The kinds of device. */
  public enum Kind {
    /** The first GPU if there is one, else the processor. */
    AUTO,
    /** The processor. */
    CPU,
    /** An NVIDIA GPU. */
    GPU
  }

  /** The first GPU if there is one, else the processor. */
  public static Device auto() {
    return new Device(Kind.AUTO, 0);
  }

  /** The processor. */
  public static Device cpu() {
    return new Device(Kind.CPU, 0);
  }

  /** The GPU of a number, counted from zero. */
  public static Device gpu(int number) {
    return new Device(Kind.GPU, number);
  }

  /**
   * Reads {@code auto}, {@code cpu}, {@code gpu} (the first) or {@code gpu:1}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Device parse(String text) {
    String lower = text.trim().toLowerCase(Locale.ROOT);
    Matcher gpu = GPU.matcher(lower);
    if (gpu.matches()) {
      return gpu(gpu.group(1) == null ? 0 : Integer.parseInt(gpu.group(1)));
    }
    return switch (lower) {
      case "auto" -> auto();
      case "cpu" -> cpu();
      default ->
          throw UsageError.in("device")
              .because("\"%s\" is not a device", text)
              .row("devices", "auto, cpu, gpu:0, gpu:1, ...")
              .maybe("gpu:0 was meant.");
    };
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return kind == Kind.GPU ? "gpu:" + number : kind.name().toLowerCase(Locale.ROOT);
  }
}
