package io.github.bilevel4j.examples.study;

import io.github.bilevel4j.check.UsageError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of several parts of a study that are computed apart.
 *
 * @param number from 1
 * @param count of all
 */
public record Shard(int number, int count) {
  /** The whole study. */
  public static final Shard ALL = new Shard(1, 1);

  private static final Pattern FORM = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  /**
   * Reads {@code NUMBER/COUNT}.
   *
   * @throws UsageError if it is not so, or the number is not between 1 and the count
   */
  public static Shard parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw UsageError.in("--shard")
          .because("\"%s\" is no part of a whole", text)
          .maybe("--shard 1/8 was meant.");
    }
    int number = Integer.parseInt(form.group(1));
    int count = Integer.parseInt(form.group(2));
    if (number < 1 || number > count) {
      throw UsageError.in("--shard")
          .because("%d of %d does not exist", number, count)
          .maybe(
              "shards are numbered from 1 to their count%s.",
              number == 0 ? "; an array of jobs that counts from 0 adds 1" : "");
    }
    return new Shard(number, count);
  }

  /** Whether the part at a place, from 0, is of this shard. */
  boolean has(int place) {
    return place % count == number - 1;
  }

  /** The name of its folder. */
  public String folder() {
    return "shard-" + number + "-of-" + count;
  }

  /** For instance {@code 1/8}. */
  @Override
  public String toString() {
    return number + "/" + count;
  }
}
