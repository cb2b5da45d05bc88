package io.github.bilevel4j.examples.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;

/**
 * What became of a case.
 *
 * @param seed of the case
 * @param kind the class
 * @param label what gave the value, which operation refused, or what kind of finding it is
 * @param text the case and what is wrong; empty unless it is a finding
 */
public record Outcome(long seed, Kind kind, String label, String text) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The classes of outcomes. */
  public enum Kind {
    /** A value that was checked. */
    VALUE,
    /** A {@link io.github.bilevel4j.check.UsageError}. */
    REFUSED,
    /** An expression too large to be computed here, whose shape alone was found. */
    TOO_LARGE,
    /** Anything else. */
    FINDING
  }

  static Outcome value(long seed, String label) {
    return new Outcome(seed, Kind.VALUE, label, "");
  }

  static Outcome refused(long seed, String label) {
    return new Outcome(seed, Kind.REFUSED, label, "");
  }

  static Outcome finding(long seed, String label, String text) {
    return new Outcome(seed, Kind.FINDING, label, text);
  }

  /** A failure, by its class and the project's place that threw it. */
  static Outcome failed(long seed, Throwable failure, String text) {
    String place = "";
    for (StackTraceElement frame : failure.getStackTrace()) {
      if (place.isEmpty() && frame.getClassName().startsWith("io.github.bilevel4j.")) {
        place =
            " at "
                + frame.getClassName().substring(frame.getClassName().lastIndexOf('.') + 1)
                + "."
                + frame.getMethodName();
      }
    }
    return finding(
        seed, failure.getClass().getSimpleName() + place, text + "\n" + failure.getMessage());
  }

  /** In one line. */
  String line() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads {@link #line()}. */
  static Outcome parse(String line) {
    try {
      return JSON.readValue(line, Outcome.class);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
