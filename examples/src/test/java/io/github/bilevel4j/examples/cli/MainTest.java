package io.github.bilevel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

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
}
