package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Only the command that is asked for is made, whoever is called, and all where none is. */
class MainTest {
  @Test
  void makesTheCommandThatTheArgumentsBeginWith() {
    for (String command : Main.program().getSubcommands().keySet()) {
      assertThat(Main.programFor(command, "--help").getSubcommands()).containsOnlyKeys(command);
    }
    assertThat(Main.programFor("--help").getSubcommands()).hasSizeGreaterThan(20);
    assertThat(Main.programFor("pretrian").getSubcommands()).hasSizeGreaterThan(20);
    assertThat(Main.programFor().getSubcommands()).hasSizeGreaterThan(20);
  }

  @Test
  void leavesAllAfterAProgramToIt() {
    String[] arguments = {"run", "My.java", "--seed", "1"};
    assertThat(Main.programFor(arguments).parseArgs(arguments).subcommand().originalArgs())
        .containsExactly("run", "My.java", "--seed", "1");
  }

  @Test
  void namesTheChoicesOfAnOptionAsTheyAreWritten() {
    assertThat(choices(Main.program()))
        .contains(
            "--views crop, htdt, strong",
            "--outer-views own, htdt",
            "--precision float32, mixed, float64")
        .allSatisfy(named -> assertThat(named).isLowerCase().doesNotContain("_"));
  }

  private static List<String> choices(CommandLine command) {
    List<String> choices = new ArrayList<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (Stream.of(option.auxiliaryTypes()).anyMatch(Class::isEnum)) {
        String message =
            catchThrowable(() -> command.parseArgs(option.longestName() + "=nosuch")).getMessage();
        String between = message.replaceAll(".*expected one of (.*) but was 'nosuch'", "$1");
        choices.add(option.longestName() + " " + between);
      }
    }
    command.getSubcommands().values().forEach(each -> choices.addAll(choices(each)));
    return choices;
  }
}
