package io.github.bilevel4j.examples.cli;

import com.google.common.collect.Lists;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.github.bilevel4j.examples.report.ConsoleProgress;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.run.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that prints; every line is to be seen at once. */
@Command(mixinStandardHelpOptions = true)
abstract class PrintingCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  private boolean following;

  /** Prints no more, and writes no run: another process of the same run does. */
  void follow() {
    following = true;
  }

  /** Whether another process of the same run prints and writes. */
  boolean isFollowing() {
    return following;
  }

  /** Prints a text and ends the line. */
  void print(Object text) {
    if (following) {
      return;
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(text);
    out.flush();
  }

  /** Prints a line of what went wrong and does not end the command. */
  void warn(String line) {
    if (following) {
      return;
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println(line);
    err.flush();
  }

  /** Shows how far loops are, in lines that fit the terminal. */
  static Progress progress() {
    return ConsoleProgress.on(System.err);
  }

  /** Prints values in a format and ends the line. */
  @FormatMethod
  void print(@FormatString String format, Object first, Object... others) {
    String text = String.format(Locale.ROOT, format, Lists.asList(first, others).toArray());
    print((Object) Table.unsigned(text));
  }
}
