package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.LostReplicaException;
import io.github.bilevel4j.backend.MemoryBudget;
import io.github.bilevel4j.check.FileNames;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.examples.diagnosis.Machine;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.DivergedException;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The program {@code bilevel4j}. It ends with status 0, with 2 if the user's input is at fault,
 * with 1 if training or a solver failed or something could not be written, a file or the output,
 * with 130 if it was interrupted, with 141 if nobody read the output to its end, and with 70 if the
 * program itself has a defect.
 */
@Command(
    name = "bilevel4j",
    description = "Bi-level optimization in Java: example programs and benchmarks.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class)
public final class Main {
  /** The exit status of a defect, {@code EX_SOFTWARE} of sysexits. */
  static final int DEFECT = 70;

  private static final ImmutableList<Class<?>> COMMANDS =
      ImmutableList.of(
          UmmCommand.class,
          PretrainCommand.class,
          MonitorCommand.class,
          TableCommand.class,
          SweepCommand.class,
          ReproduceCommand.class,
          ResumeCommand.class,
          ProbeCommand.class,
          BaselinesCommand.class,
          GuillotineCommand.class,
          FinetuneCommand.class,
          LongTailCommand.class,
          DenseProbeCommand.class,
          ImportCommand.class,
          InspectCommand.class,
          ExportCommand.class,
          BilevelCommand.class,
          CheckCommand.class,
          RunCommand.class,
          BenchCommand.class,
          DoctorCommand.class,
          ListCommand.class);

  private static final String ISSUES = "https://github.com/bilevel4j/bilevel4j/issues";

  private Main() {}

  /** Runs a command and ends the virtual machine with its status. */
  public static void main(String[] arguments) {
    System.setProperty("java.awt.headless", "true");
    StandardStreams streams = StandardStreams.watched();
    System.exit(streams.status(run(arguments)));
  }

  /** Runs a command and returns its status. */
  public static int run(String... arguments) {
    return run(programFor(arguments), arguments);
  }

  /** Runs a command that prints to these. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return run(programFor(arguments).setOut(out).setErr(err), arguments);
  }

  private static int run(CommandLine program, String... arguments) {
    try {
      for (String argument : arguments) {
        FileNames.requireWhole("arguments", argument);
      }
      return program.execute(arguments);
    } catch (UsageError | LinkageError | OutOfMemoryError e) {
      return failed(e, program.getErr());
    }
  }

  /** The program with all commands, ready to be told arguments. */
  static CommandLine program() {
    return program(COMMANDS);
  }

  /**
   * The program for some arguments: with the command alone that they begin with, if there is one.
   * To make all takes as long as to load TensorFlow.
   */
  static CommandLine programFor(String... arguments) {
    return COMMANDS.stream()
        .filter(command -> arguments.length > 0 && name(command).equals(arguments[0]))
        .findFirst()
        .map(command -> program(ImmutableList.of(command)))
        .orElseGet(Main::program);
  }

  private static String name(Class<?> command) {
    return command.getAnnotation(Command.class).name();
  }

  private static CommandLine program(List<Class<?>> commands) {
    CommandLine program = new CommandLine(new Main());
    commands.forEach(program::addSubcommand);
    Optional.ofNullable(program.getSubcommands().get("run"))
        .ifPresent(run -> run.setStopAtPositional(true));
    registerNames(program);
    return program
        .registerConverter(
            MethodRecipe.class,
            ChoiceReader.of(List.of(BuiltInMethod.values()), MethodRecipe.class))
        .registerConverter(
            EncoderSpec.class, ChoiceReader.of(List.of(EncoderKind.values()), EncoderSpec.class))
        .registerConverter(MemoryBudget.class, MemoryBudget::of)
        .registerConverter(RegularizerTerm.class, RegularizerTerm::parse)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed);
  }

  /** Has values that are chosen by name read as {@link ChoiceReader} reads them. */
  private static void registerNames(CommandLine command) {
    for (CommandLine.Model.ArgSpec argument : command.getCommandSpec().args()) {
      for (Class<?> type : argument.auxiliaryTypes()) {
        if (type.isEnum()) {
          registerNames(command, type);
        }
      }
    }
    command.getSubcommands().values().forEach(Main::registerNames);
  }

  private static <K> void registerNames(CommandLine command, Class<K> kinds) {
    command.registerConverter(kinds, ChoiceReader.of(kinds));
  }

  private static int wrongUsage(CommandLine.ParameterException error, String[] arguments) {
    CommandLine command = error.getCommandLine();
    if (error.getCause() instanceof UsageError mistake) {
      return refused(mistake, command.getErr(), CommandLine.ExitCode.USAGE);
    }
    command
        .getErr()
        .println(
            "error: "
                + oneLine(error.getMessage())
                + "  Maybe "
                + command.getCommandSpec().qualifiedName()
                + " --help has the right one.");
    return CommandLine.ExitCode.USAGE;
  }

  private static int failed(
      Exception error, CommandLine commandLine, CommandLine.ParseResult parsed) {
    return failed(error.getCause() instanceof Error e ? e : error, commandLine.getErr());
  }

  private static int failed(Throwable error, PrintWriter err) {
    if (error instanceof UsageError) {
      return refused(error, err, CommandLine.ExitCode.USAGE);
    }
    if (error instanceof LostReplicaException
        || error instanceof DivergedException
        || error instanceof NotFiniteException
        || error instanceof BreakdownException) {
      return refused(error, err, CommandLine.ExitCode.SOFTWARE);
    }
    if (error instanceof WriteException) {
      return refused(error, err, CommandLine.ExitCode.SOFTWARE);
    }
    if (error instanceof UncheckedIOException) {
      err.println("error: a file cannot be read or written: " + error.getCause().getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    if (error instanceof LinkageError missing && Machine.concernsNatives(missing)) {
      err.println("error: " + Machine.whyNoNatives(missing));
      return CommandLine.ExitCode.SOFTWARE;
    }
    if (error instanceof OutOfMemoryError) {
      err.printf(
          Locale.ROOT,
          "error: Java's memory of %,d MB is too small: %s.  Maybe"
              + " BILEVEL4J_JAVA_OPTS=-Xmx8g or smaller data were meant.%n",
          Runtime.getRuntime().maxMemory() >> 20,
          error.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    error.printStackTrace(err);
    err.println(
        "error: this is a defect of bilevel4j. Please report it with the lines above: " + ISSUES);
    return DEFECT;
  }

  private static int refused(Throwable error, PrintWriter err, int status) {
    err.println("error: " + oneLine(error.getMessage()));
    return status;
  }

  /** A message's lines joined: what is wrong, the values, the advice. */
  private static String oneLine(String message) {
    return String.valueOf(message)
        .lines()
        .map(line -> line.strip().replaceAll(" {2,}", " "))
        .collect(Collectors.joining("  "));
  }
}
