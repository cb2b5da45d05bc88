package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.study.Setting;
import io.github.bilevel4j.examples.study.StudyFolder;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The options of a command that makes runs, as another command is told them. */
final class CommandOptions {
  private final CommandSpec spec;

  private CommandOptions(CommandSpec spec) {
    this.spec = spec;
  }

  /**
   * Of a command.
   *
   * @throws UsageError if there is none of this name that makes runs that can be resumed
   */
  static CommandOptions of(String command) {
    CommandLine found = Main.programFor(command).getSubcommands().get(command);
    if (found == null || !makesRuns(found)) {
      throw UsageError.in("sweep")
          .because("%s is no command that makes runs", command)
          .value("those", all().collect(Collectors.joining(", ")))
          .error();
    }
    return new CommandOptions(found.getCommandSpec());
  }

  private static boolean isResumable(CommandSpec spec) {
    return spec.findOption(ResumeCommand.OPTION) != null;
  }

  /** Whether runs go on after an interruption. */
  boolean isResumable() {
    return isResumable(spec);
  }

  private static Stream<String> all() {
    return Main.program().getSubcommands().entrySet().stream()
        .filter(each -> makesRuns(each.getValue()))
        .map(each -> each.getKey());
  }

  private static boolean makesRuns(CommandLine command) {
    CommandSpec spec = command.getCommandSpec();
    return spec.findOption("--out") != null
        && (isResumable(spec) || spec.mixins().containsKey("results"))
        && !spec.mixins().containsKey("shards");
  }

  /** Whether there is an option of this name. */
  boolean has(String name) {
    return spec.findOption(name) != null;
  }

  /** The names of all that may be chosen in each cell. */
  ImmutableList<String> names() {
    return spec.options().stream()
        .filter(option -> !option.hidden() && !option.usageHelp() && !option.versionHelp())
        .map(OptionSpec::longestName)
        .filter(name -> !name.equals("--out"))
        .sorted()
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * What is given on a command line.
   *
   * @throws UsageError if the command does not take it
   */
  Given read(List<String> arguments) {
    ParseResult parsed = parsed(arguments);
    ImmutableList.Builder<Setting> settings = ImmutableList.builder();
    for (OptionSpec option : ImmutableSet.copyOf(parsed.matchedOptions())) {
      String name = option.longestName();
      if (option.arity().max() == 0) {
        settings.add(Setting.flag(name));
      } else {
        option.originalStringValues().forEach(value -> settings.add(Setting.of(name, value)));
      }
    }
    ImmutableList<String> positional =
        parsed.matchedPositionals().stream()
            .map(ArgSpec::originalStringValues)
            .flatMap(List::stream)
            .collect(ImmutableList.toImmutableList());
    return new Given(settings.build(), positional, parsed.commandSpec().userObject());
  }

  /**
   * What a command is told.
   *
   * @param command what would run
   */
  record Given(ImmutableList<Setting> settings, ImmutableList<String> positional, Object command) {}

  private ParseResult parsed(List<String> arguments) {
    String[] line =
        Stream.concat(Stream.of(spec.name()), arguments.stream()).toArray(String[]::new);
    try {
      return Main.programFor(line).parseArgs(line).subcommand();
    } catch (ParameterException e) {
      if (e.getCause() instanceof UsageError mistake) {
        throw mistake;
      }
      throw UsageError.in(spec.name())
          .because("%s", e.getMessage().lines().collect(Collectors.joining(", ")))
          .maybe("./bilevel4j %s --help has the right one.", spec.name());
    }
  }

  /** Runs commands in this process. */
  static StudyFolder.Program program() {
    return new StudyFolder.Program() {
      @Override
      public int run(PrintWriter out, PrintWriter err, String... arguments) {
        return Main.run(out, err, arguments);
      }

      @Override
      public boolean isResumable(String command) {
        return CommandOptions.of(command).isResumable();
      }
    };
  }
}
