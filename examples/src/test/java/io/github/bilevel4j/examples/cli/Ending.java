package io.github.bilevel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Arrays;

/** What a command printed and how it ended. */
record Ending(int status, String out, String err) {

  /** Runs the program with some arguments. */
  static Ending of(Object... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream heardOut = new ByteArrayOutputStream();
    ByteArrayOutputStream heardErr = new ByteArrayOutputStream();
    System.setOut(new PrintStream(heardOut, true, UTF_8));
    System.setErr(new PrintStream(heardErr, true, UTF_8));
    try {
      int status = Main.run(Arrays.stream(arguments).map(String::valueOf).toArray(String[]::new));
      return new Ending(status, heardOut.toString(UTF_8), heardErr.toString(UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }
}
