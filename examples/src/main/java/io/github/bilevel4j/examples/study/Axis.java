package io.github.bilevel4j.examples.study;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * An option and the values that it takes in turn.
 *
 * @param name without the dashes, for instance {@code alpha}
 */
public record Axis(String name, ImmutableList<String> values) {
  private static final String OVER = "--over";
  private static final Pattern RANGE = Pattern.compile("(-?\\d{1,18})\\.\\.(-?\\d{1,18})");
  private static final int MOST = 100_000;

  /**
   * Reads {@code NAME=VALUE,VALUE,...}, where {@code 1..5} stands for all whole numbers between.
   *
   * @throws UsageError if it is not so, a range is empty, or a value is there twice
   */
  public static Axis parse(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw wrong(text, "has no name and values").maybe("--over seed=1..5 was meant.");
    }
    ImmutableList<String> values =
        Splitter.on(',')
            .splitToStream(text.substring(equals + 1))
            .flatMap(each -> values(text, each.strip()))
            .collect(ImmutableList.toImmutableList());
    if (values.stream().distinct().count() < values.size()) {
      throw wrong(text, "has a value twice").error();
    }
    return new Axis(text.substring(0, equals).strip().replaceFirst("^--", ""), values);
  }

  private static Stream<String> values(String text, String value) {
    Matcher range = RANGE.matcher(value);
    if (!range.matches()) {
      if (value.isEmpty()) {
        throw wrong(text, "has an empty value").error();
      }
      return Stream.of(value);
    }
    long first = Long.parseLong(range.group(1));
    long last = Long.parseLong(range.group(2));
    if (first > last) {
      throw wrong(text, "has an empty range")
          .maybe("%s=%d..%d was meant.", text.substring(0, text.indexOf('=')), last, first);
    }
    if (last - first >= MOST) {
      throw wrong(text, "has more than %,d values".formatted(MOST)).error();
    }
    return LongStream.rangeClosed(first, last).mapToObj(Long::toString);
  }

  private static UsageError.Message wrong(String text, String what) {
    return UsageError.in(OVER).because("\"%s\" %s", text, what);
  }
}
