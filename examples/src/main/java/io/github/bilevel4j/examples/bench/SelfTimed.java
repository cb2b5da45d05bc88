package io.github.bilevel4j.examples.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program that measures something and tells the median time: {@code median_s=1.25} or {@code
 * "median_ms": 1250} or {@code median 1.25 fastest 1.2 slowest 1.5 s}. The last line that has one
 * of these counts.
 *
 * @param what the program is called in messages
 * @param command and arguments
 * @param input where it reads from
 */
public record SelfTimed(String what, ImmutableList<String> command, Redirect input) {
  private static final String NUMBER = "([0-9][0-9.]*(?:[eE][-+]?[0-9]+)?)";
  private static final Pattern NAMED =
      Pattern.compile("(?<![A-Za-z_])median_(?<unit>m?s)\"?\\s*[=:]\\s*" + NUMBER);
  private static final Pattern SPOKEN =
      Pattern.compile("\\bmedian\\s+" + NUMBER + "\\s(?:.*?\\s)?(?<unit>m?s)\\b");

  /** It failed, or told no time: one line. */
  public static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Failure(String message) {
      super(message);
    }
  }

  /** A line for a shell. */
  public static SelfTimed shell(String option, String line) {
    return new SelfTimed(
        option, ImmutableList.of("sh", "-c", line), Redirect.from(new File("/dev/null")));
  }

  /**
   * Runs it.
   *
   * @return the median in seconds
   * @throws Failure if it ends with another status than zero or tells no time
   */
  public double seconds() {
    List<String> lines;
    int status;
    try {
      Process process =
          new ProcessBuilder(command).redirectInput(input).redirectErrorStream(true).start();
      lines = new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
      status = process.onExit().join().exitValue();
    } catch (IOException e) {
      throw failure("cannot be started: " + e.getMessage(), List.of());
    }
    if (status != 0) {
      throw failure("ended with status " + status, lines);
    }
    return told(lines)
        .orElseThrow(() -> failure("did not say median_s=NUMBER or the like, as it is to", lines));
  }

  /** The time in what a program said. */
  static OptionalDouble told(List<String> lines) {
    for (String line : Lists.reverse(lines)) {
      for (Pattern pattern : List.of(NAMED, SPOKEN)) {
        Matcher matcher = pattern.matcher(line);
        if (matcher.find()) {
          int number = pattern == NAMED ? 2 : 1;
          double unit = matcher.group("unit").equals("ms") ? 1e-3 : 1;
          return OptionalDouble.of(unit * Double.parseDouble(matcher.group(number)));
        }
      }
    }
    return OptionalDouble.empty();
  }

  private Failure failure(String how, List<String> lines) {
    String last =
        Lists.reverse(lines).stream().filter(line -> !line.isBlank()).findFirst().orElse("nothing");
    return new Failure(
        String.format(
            "%s: the command %s.  command  %s  said  %s",
            what, how, command.get(command.size() - 1), last.strip()));
  }
}
