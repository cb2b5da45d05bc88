package io.github.bilevel4j.examples.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The program {@code bilevel4j}. It ends with status 0, with 2 if the user's input is at fault,
 * with 130 if it was interrupted, and with 1 if anything else went wrong.
 */
@Command(
    name = "bilevel4j",
    description = "Bi-level optimization in Java: example programs and benchmarks.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    subcommands = {
      UmmCommand.class,
      PretrainCommand.class,
      TableCommand.class,
      ProbeCommand.class,
      BilevelCommand.class,
      CheckCommand.class,
      RunCommand.class,
      BenchCommand.class,
      DoctorCommand.class,
      ListCommand.class
    })
public final class Main {
  private Main() {}

  /** Runs a command and ends the virtual machine with its status. */
  public static void main(String[] arguments) {
    System.setProperty("java.awt.headless", "true");
    System.exit(run(arguments));
  }

  /** Runs a command and returns its status. */
  public static int run(String... arguments) {
    return program().execute(arguments);
  }

  /** The program, ready to be told arguments. */
  static CommandLine program() {
    CommandLine program = new CommandLine(new Main());
    program.getSubcommands().get("run").setStopAtPositional(true);
    return program
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(MethodKind.class, KindReader.of(MethodKind.class))
        .registerConverter(EstimatorKind.class, KindReader.of(EstimatorKind.class))
        .registerConverter(UmmMode.class, KindReader.of(UmmMode.class))
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed);
  }

  private static int wrongUsage(CommandLine.ParameterException error, String[] arguments) {
    error
        .getCommandLine()
        .getErr()
        .println(
            "error: "
                + oneLine(error.getMessage())
                + "  Maybe "
                + error.getCommandLine().getCommandSpec().qualifiedName()
                + " --help has the right one.");
    return CommandLine.ExitCode.USAGE;
  }

  private static int failed(
      Exception error, CommandLine commandLine, CommandLine.ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    if (error instanceof IllegalArgumentException) {
      err.println("error: " + oneLine(error.getMessage()));
      return CommandLine.ExitCode.USAGE;
    }
    if (error instanceof IllegalStateException) {
      err.println("error: " + oneLine(error.getMessage()));
      return CommandLine.ExitCode.SOFTWARE;
    }
    if (error instanceof UncheckedIOException) {
      err.println("error: a file cannot be read or written: " + error.getCause().getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    error.printStackTrace(err);
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** A message's lines joined: what is wrong, the values, the advice. */
  private static String oneLine(String message) {
    return String.valueOf(message)
        .lines()
        .map(line -> line.strip().replaceAll(" {2,}", " "))
        .collect(Collectors.joining("  "));
  }
}
