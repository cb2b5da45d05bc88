package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Labeled images as they are chosen: a share of each class, {@code 1%}, or a list. */
final class LabelsChoice {
  private static final Pattern SHARE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*%");

  private LabelsChoice() {}

  /**
   * The share in per cent, if it is one.
   *
   * @throws UsageError if it is not in (0, 100]
   */
  static OptionalDouble percent(String option, String text) {
    Matcher matcher = SHARE.matcher(text.strip());
    if (!matcher.matches()) {
      return OptionalDouble.empty();
    }
    double percent = Double.parseDouble(matcher.group(1));
    if (!(percent > 0 && percent <= 100)) {
      throw UsageError.in(option)
          .because("%s is no share of the images", text)
          .maybe("1%% was meant.");
    }
    return OptionalDouble.of(percent);
  }
}
