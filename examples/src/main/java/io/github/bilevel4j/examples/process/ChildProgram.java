package io.github.bilevel4j.examples.process;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Programs of this class path in virtual machines like this one, which end when the process that
 * started them does, even if it is killed.
 */
public final class ChildProgram {
  private static final int ORPHANED = 3;

  /** What the system adds to the number of a signal that ended a process. */
  private static final int SIGNALED = 128;

  /** What is done before the end of a program that was left alone. */
  private static final List<Runnable> LAST = new CopyOnWriteArrayList<>();

  private ChildProgram() {}

  /** Has a program do something before it ends because its parent did. */
  public static void whenLeftAlone(Runnable last) {
    LAST.add(last);
  }

  /**
   * What starts a program. Its standard input must be the pipe that it is by default, and is not
   * the program's to read.
   *
   * @param options for the virtual machine, after those of this one
   * @param program the name of its main class
   */
  public static ImmutableList<String> command(
      List<String> options, String program, List<String> arguments) {
    return ImmutableList.<String>builder()
        .add(Path.of(System.getProperty("java.home"), "bin", "java").toString())
        .addAll(virtualMachineOptions())
        .addAll(options)
        .add("-cp", System.getProperty("java.class.path"))
        .add(ChildProgram.class.getName(), program)
        .addAll(arguments)
        .build();
  }

  /** Whether a signal ended a process of this status. */
  public static boolean isSignaled(int status) {
    return status > SIGNALED;
  }

  /** How a process ended, by its status: by which signal, or with which status. */
  public static String end(int status) {
    return isSignaled(status)
        ? "was ended by signal " + (status - SIGNALED)
        : "ended with status " + status;
  }

  /** Those of this process, but for agents: a debugger's port cannot be opened twice. */
  private static List<String> virtualMachineOptions() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-agent") && !option.startsWith("-javaagent"))
        .toList();
  }

  /** The pipe ends when the other end's process does. */
  private static void endWithParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                System.in.transferTo(OutputStream.nullOutputStream());
                LAST.forEach(Runnable::run);
              } catch (IOException e) {
                System.err.println(e);
              } finally {
                Runtime.getRuntime().halt(ORPHANED);
              }
            },
            "parent");
    watch.setDaemon(true);
    watch.start();
  }

  /**
   * Runs a program until the process that started this one ends.
   *
   * @param arguments the name of the program's main class, and its arguments
   * @throws ReflectiveOperationException if there is no such program, or it fails
   */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    endWithParent();
    Class.forName(arguments[0])
        .getMethod("main", String[].class)
        .invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
  }
}
